"""Whose turn it is."""

import pytest

from easel.execution.next_provider import AskProvider, Bar, Exhausted, Pause, next_provider, passed_over
from easel.jobs.model import ATTEMPTS_MAX, Failure
from easel.providers.protocol import Outcome
from easel.settlement.verdict import why_it_failed
from tests.support.builders import a_job, a_step, an_attempt, an_image, ended
from tests.support.fakes import NOON


def test_the_first_turn_is_the_first_providers() -> None:
    assert next_provider(a_job(n=2), NOON) == AskProvider(a_step("openai"), (0, 1))


@pytest.mark.parametrize(
    "outcome", [Outcome.UNAVAILABLE, Outcome.MISCONFIGURED, Outcome.UNSUPPORTED, Outcome.UNKNOWN, Outcome.BUSY]
)
def test_after_a_failure_it_is_the_next_providers_turn(outcome: Outcome) -> None:
    decided = next_provider(a_job(attempts=(ended(outcome, retry_at=NOON + 9),)), NOON)

    assert isinstance(decided, AskProvider)
    assert decided.step.provider == "second"


def test_a_refusal_is_nobodys_turn() -> None:
    assert next_provider(a_job(attempts=(ended(Outcome.REFUSED),)), NOON) == Exhausted()


def test_after_a_workers_death_the_same_provider_is_asked_once_more() -> None:
    once = a_job(attempts=(an_attempt(outcome=Outcome.ABANDONED),))
    twice = a_job(attempts=(an_attempt(outcome=Outcome.ABANDONED), an_attempt(2, outcome=Outcome.ABANDONED)))

    first, second = next_provider(once, NOON), next_provider(twice, NOON)

    assert isinstance(first, AskProvider)
    assert first.step.provider == "openai"
    assert isinstance(second, AskProvider)
    assert second.step.provider == "second"


def test_a_slot_that_was_paid_for_twice_is_left_to_the_next_provider_and_the_others_are_not() -> None:
    paid_twice = (an_attempt(1, outcome=Outcome.ABANDONED), an_attempt(2, outcome=Outcome.ABANDONED, slots=(0, 1)))

    decided = next_provider(a_job(n=2, attempts=paid_twice), NOON)

    assert decided == AskProvider(a_step("openai"), (1,))


def test_a_known_failure_is_not_asked_again_while_the_route_has_two() -> None:
    both_down = (ended(Outcome.UNAVAILABLE), ended(Outcome.UNAVAILABLE, 2, "second"))

    assert next_provider(a_job(attempts=both_down), NOON) == Exhausted()


def test_busy_providers_are_waited_for_until_the_first_is_free() -> None:
    both_busy = (
        ended(Outcome.BUSY, paid=False, retry_at=NOON + 30_000),
        ended(Outcome.BUSY, 2, "second", paid=False, retry_at=NOON + 9_000),
    )

    assert next_provider(a_job(attempts=both_busy), NOON) == Pause(NOON + 9_000, a_step("second", credits_per_image=3))


def test_the_provider_that_is_free_first_has_the_turn() -> None:
    both_busy = (
        ended(Outcome.BUSY, paid=False, retry_at=NOON + 30_000),
        ended(Outcome.BUSY, 2, "second", paid=False, retry_at=NOON + 9_000),
    )

    decided = next_provider(a_job(attempts=both_busy), NOON + 9_000)

    assert isinstance(decided, AskProvider)
    assert decided.step.provider == "second"


def test_only_missing_slots_are_asked_for() -> None:
    short = ended(Outcome.DELIVERED, slots=(0, 1, 2), images=(an_image(0), an_image(2)))

    decided = next_provider(a_job(n=3, attempts=(short,)), NOON)

    assert decided == AskProvider(a_step("second", credits_per_image=3), (1,))


def test_a_job_with_as_many_attempts_as_a_row_holds_is_done() -> None:
    busy = tuple(ended(Outcome.BUSY, number, paid=False) for number in range(1, ATTEMPTS_MAX + 1))

    assert next_provider(a_job(attempts=busy), NOON) == Exhausted()


def test_why_it_failed_is_told_by_what_the_attempts_met() -> None:
    def code(*outcomes: Outcome, now: int = NOON) -> str:
        return why_it_failed(a_job(attempts=tuple(ended(o, i) for i, o in enumerate(outcomes, 1))), now).code

    assert code(Outcome.UNAVAILABLE, Outcome.MISCONFIGURED) == "providers_unavailable"
    assert code(Outcome.MISCONFIGURED) == "provider_misconfigured"
    assert code(Outcome.UNAVAILABLE, now=NOON + 900_000) == "deadline_exceeded"
    assert code(now=NOON + 900_000) == "deadline_exceeded"
    assert code() == "internal"


def test_a_reason_written_on_the_job_is_the_reason() -> None:
    failure = Failure(code="invalid_reference", message="references[0] is no image")

    assert why_it_failed(a_job(failure=failure, attempts=(ended(Outcome.UNAVAILABLE),)), NOON) == failure


def test_a_barred_provider_is_passed_over_and_said_so() -> None:
    job = a_job()
    first, second = job.route
    bars = {first: Bar(NOON + 60_000, why="its breaker is open")}

    decided = next_provider(job, NOON, bars)

    assert decided == AskProvider(second, (0,))
    assert passed_over(job, second, bars) == ((first, bars[first]),)


def test_a_short_wait_for_a_slot_is_waited_rather_than_passed_over() -> None:
    job = a_job()
    bars = {job.route[0]: Bar(NOON + 5_000, why="no slot", brief=True)}

    assert next_provider(job, NOON, bars) == Pause(NOON + 5_000, job.route[0])


def test_when_everybody_is_barred_the_first_to_be_free_is_waited_for() -> None:
    job = a_job()
    bars = {job.route[0]: Bar(NOON + 60_000, why=""), job.route[1]: Bar(NOON + 30_000, why="")}

    assert next_provider(job, NOON, bars) == Pause(NOON + 30_000, job.route[1])
