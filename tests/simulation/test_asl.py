"""The interpreter of the state machine's language, where the proofs lean on it."""

import json
from typing import Any

import pytest

from easel.policy import Clocks
from tests.simulation.aws.asl import Ended, Invoke, Machine, Pause, Standing
from tests.simulation.aws.orchestration import definition


@pytest.fixture
def machine() -> Machine:
    return Machine(definition(Clocks()), jitter=lambda: 1.0)


def at_attempt(**data: Any) -> Standing:
    return Standing("Attempt", json.dumps({"jobId": "j", "turn": 0, "dead": -1, **data}))


def test_every_state_of_the_deployed_file_is_of_a_kind_that_is_known(machine: Machine) -> None:
    assert {state["Type"] for state in machine.states.values()} <= {"Pass", "Task", "Choice", "Wait", "Succeed"}


def test_an_execution_begins_with_an_attempt(machine: Machine) -> None:
    _, step = machine.begin({"jobId": "j"})

    assert step == Invoke("attempt", {"jobId": "j", "turn": 0, "dead": -1}, 440)


def test_throttles_are_retried_with_growing_pauses_up_to_a_bound(machine: Machine) -> None:
    standing, pauses = at_attempt(), []
    for _ in range(60):
        standing, step = machine.failed(standing, "Lambda.TooManyRequestsException")
        assert isinstance(step, Pause)
        pauses.append(step.seconds)

    assert pauses[:3] == [2, 3, 4.5]
    assert max(pauses) == 20
    after, _ = machine.failed(standing, "Lambda.TooManyRequestsException")
    assert after.state == "Pause"


def test_a_functions_own_error_tells_the_next_attempt_who_is_dead(machine: Machine) -> None:
    standing, step = machine.failed(at_attempt(turn=1), "Runtime.ExitError")

    assert step == Pause(10)
    assert json.loads(standing.data) == {"jobId": "j", "turn": 2, "dead": 1}


@pytest.mark.parametrize("error", ["States.Timeout", "Lambda.Unknown", "Lambda.ServiceException"])
def test_after_a_services_error_the_worker_may_be_alive(machine: Machine, error: str) -> None:
    standing, _ = machine.failed(at_attempt(turn=1), error)

    assert json.loads(standing.data) == {"jobId": "j", "turn": 2, "dead": -1}


def test_after_too_many_deaths_the_job_is_settled(machine: Machine) -> None:
    _, step = machine.failed(at_attempt(turn=5), "Runtime.ExitError")

    assert isinstance(step, Invoke)
    assert step.function == "settle"


def test_a_settle_that_keeps_failing_fails_the_execution(machine: Machine) -> None:
    standing, step = Standing("Settle", '{"jobId": "j"}'), None
    for _ in range(9):
        standing, step = machine.failed(standing, "Contended")

    assert step == Ended("FAILED")


def test_an_answer_leads_where_its_word_says(machine: Machine) -> None:
    waits, step = machine.answered(at_attempt(), {"outcome": "wait", "seconds": 7})
    assert (waits.state, step) == ("Wait", Pause(7))

    _, again = machine.waited(waits)
    assert isinstance(again, Invoke)
    assert again.function == "attempt"
