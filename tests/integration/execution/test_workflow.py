"""`workflow.asl.json` itself, executed: the very file that is deployed, with the real use cases as its functions."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto.awslambda_simple.models import LambdaSimpleBackend

from easel.jobs.model import Status
from easel.jobs.store import JobWithRequest
from easel.jobs.task_result import TaskResult
from easel.providers.errors import ProviderUnavailable
from easel.providers.protocol import Outcome
from infra.definition import DEFINITION, fill
from tests.support.builders import a_data_url
from tests.support.deaths import WorkerDied, dies
from tests.support.fakes import FakeProvider
from tests.support.moto_world import REGION, a_world
from tests.support.world import World

SECONDS = {"MachineSeconds": 1080, "AttemptSeconds": 440, "PrepareSeconds": 130, "SettleSeconds": 40, "CrashSeconds": 0}
NAMES = {name: f"arn:aws:lambda:{REGION}:123456789012:function:{name}" for name in ("Attempt", "Prepare", "Settle")}
MOTO = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
RETRIES = "moto.stepfunctions.parser.asl.component.common.retry.retrier_decl"
ROLE = "arn:aws:iam::123456789012:role/machine"


@dataclass
class Machine:
    """The deployed definition in moto, its functions in this process, its waits in the world's clock."""

    world: World
    invoked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        definition = fill(DEFINITION.read_text(), SECONDS).replace("${Invoke}", "arn:aws:states:::lambda:invoke")
        for name, arn in NAMES.items():
            definition = definition.replace(f"${{{name}}}", arn)
        self.client = boto3.client("stepfunctions", region_name=REGION)
        self.arn = self.client.create_state_machine(name="easel", definition=definition, roleArn=ROLE)[
            "stateMachineArn"
        ]

    def run(self, job_id: str) -> str:
        """Execute for a job; the status it ended with."""
        started = self.client.start_execution(
            stateMachineArn=self.arn, name=job_id, input=json.dumps({"jobId": job_id})
        )
        pause = threading.Event()  # not time.sleep, which is taken away from the retries below
        for _ in range(1000):
            status = self.client.describe_execution(executionArn=started["executionArn"])["status"]
            if status != "RUNNING":
                return status
            pause.wait(0.01)
        raise AssertionError("the execution did not end")

    def answer(self, name: str, event: dict[str, Any]) -> TaskResult:
        self.invoked.append(name)
        hands: dict[str, Callable[[], TaskResult]] = {
            "Attempt": lambda: self.world.attempt(event["jobId"], crashes=event["turn"], dead=event["dead"]),
            "Prepare": lambda: self.world.prepare(event["jobId"]),
            "Settle": lambda: self.world.settle(event["jobId"]),
        }
        answer = hands[name]()
        self.world.clock.forward(answer.seconds)
        return TaskResult(answer.outcome, 0)  # the wait has happened, in the world's time


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    with a_world(moto=MOTO) as world:
        made = Machine(world)

        def invoke(_self: object, name: str, _qualifier: str, body: str, _headers: Any, answer_headers: Any) -> bytes:
            try:
                answer = made.answer(name.rsplit(":", 1)[-1], json.loads(body))
            except (WorkerDied, Exception) as error:
                answer_headers["x-amz-function-error"] = "Unhandled"
                return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode()
            return json.dumps(answer.body()).encode()

        # The one foreign thing that has to be replaced: moto would start Docker here.
        monkeypatch.setattr(LambdaSimpleBackend, "invoke", invoke)
        monkeypatch.setattr(f"{RETRIES}.time.sleep", lambda _: None)
        yield made


def test_a_job_goes_from_its_id_to_its_picture(machine: Machine) -> None:
    job_id = machine.world.begin().job.id

    assert machine.run(job_id) == "SUCCEEDED"

    assert machine.invoked == ["Attempt", "Settle"]
    assert machine.world.job(job_id).status is Status.SUCCEEDED


def test_the_next_provider_is_another_task(machine: Machine) -> None:
    machine.world.providers["openai"] = FakeProvider(ProviderUnavailable("500", paid=True))
    job_id = machine.world.begin().job.id

    machine.run(job_id)

    assert machine.invoked == ["Attempt", "Attempt", "Settle"]
    assert machine.world.job(job_id).charged > 0


def test_a_dead_worker_is_followed_by_another_which_knows_that_it_is_dead(machine: Machine) -> None:
    machine.world.providers["openai"].script = [dies]
    job_id = machine.world.begin().job.id
    before = machine.world.clock.now()

    machine.run(job_id)

    job = machine.world.job(job_id)
    assert [a.outcome for a in job.attempts] == [Outcome.ABANDONED, Outcome.DELIVERED]
    assert machine.world.clock.now() - before < 60_000


def test_workers_that_keep_dying_end_the_job_after_six_and_give_the_credits_back(machine: Machine) -> None:
    for provider in machine.world.providers.values():
        provider.script = [dies] * 9
    job_id = machine.world.begin().job.id

    assert machine.run(job_id) == "SUCCEEDED"

    assert machine.invoked.count("Attempt") <= 6
    assert [len(p.orders) for p in machine.world.providers.values()] == [2, 2]
    assert machine.world.job(job_id).status is Status.FAILED
    assert machine.world.available() == 100


def test_references_are_prepared_before_the_first_attempt(machine: Machine) -> None:
    job_id = machine.world.begin(mode="image_to_image", references=[{"data": a_data_url()}]).job.id

    machine.run(job_id)

    assert machine.invoked == ["Attempt", "Prepare", "Attempt", "Settle"]
    [order] = machine.world.providers["openai"].orders
    assert len(order.references) == 1


def test_a_reference_that_is_no_image_ends_the_job_and_costs_nothing(machine: Machine) -> None:
    broken = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"rubbish" * 9).decode()
    job_id = machine.world.begin(mode="image_to_image", references=[{"data": broken}]).job.id

    machine.run(job_id)

    job = machine.world.job(job_id)
    assert job.failure is not None
    assert job.failure.code == "invalid_reference"
    assert job.failure.message.startswith("references[0]: ")
    assert not machine.world.providers["openai"].orders
    assert machine.world.available() == 100


def test_an_attempt_that_fails_before_it_wrote_anything_is_tried_six_times_and_then_settled(machine: Machine) -> None:
    job_id = machine.world.begin().job.id

    def dies_at_once(job_id: str) -> JobWithRequest | None:
        raise WorkerDied(job_id)

    machine.world.store.find = dies_at_once  # type: ignore[method-assign]

    assert machine.run(job_id) == "SUCCEEDED"

    assert machine.invoked == ["Attempt"] * 6 + ["Settle"]
    assert machine.world.job(job_id).status is Status.FAILED
    assert machine.world.available() == 100
