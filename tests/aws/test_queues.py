"""Providers that deliver later: nobody waits for them but the workflow, and nothing is ordered twice."""

import pytest

from easel.errors import ProviderRefused
from easel.jobs import Outcome, Status
from tests.aws.test_crashes import WorkerDied
from tests.fakes import FakeQueue
from tests.world import ANN, World


@pytest.fixture
def queue(world: World) -> FakeQueue:
    made = FakeQueue(world.clock)
    world.replace("openai", made)
    return made


def test_a_queue_is_handed_the_order_once_and_looked_after(world: World, queue: FakeQueue) -> None:
    job_id = world.begin(n=2).job.id
    first = world.turn(job_id, turn=0, dead=-1)
    assert (first.outcome, first.seconds) == ("pending", 5)

    job = world.run(job_id)

    assert job.status is Status.SUCCEEDED
    assert len(job.images) == 2
    assert len(queue.orders) == 1
    assert [call.outcome for call in job.attempts[0].calls] == ["delivered"]
    assert job.attempts[0].calls[0].milliseconds >= 30_000


def test_a_worker_that_dies_while_a_queue_works_costs_no_second_order(world: World, queue: FakeQueue) -> None:
    job_id = world.begin().job.id
    world.turn(job_id, turn=0, dead=-1)

    answer = world.turn(job_id, turn=1, dead=0)

    assert answer.outcome == "pending"
    assert world.run(job_id).status is Status.SUCCEEDED
    assert len(queue.orders) == 1


def test_a_worker_that_dies_before_it_wrote_the_task_down_may_order_once_more(world: World, queue: FakeQueue) -> None:
    job_id = world.begin().job.id
    write = world.turn._write

    def killed(*_: object) -> None:
        raise WorkerDied

    object.__setattr__(world.turn, "_write", killed)
    with pytest.raises(WorkerDied):
        world.turn(job_id, turn=0, dead=-1)
    object.__setattr__(world.turn, "_write", write)
    world.turn(job_id, turn=1, dead=0)

    job = world.run(job_id)

    assert len(queue.orders) == 2
    assert (job.status, job.charged) == (Status.SUCCEEDED, 6)


def test_a_queue_that_is_too_late_is_told_and_the_next_provider_asked(world: World, queue: FakeQueue) -> None:
    queue.seconds = 10_000
    job_id = world.begin().job.id

    job = world.run(job_id, tasks=200)

    assert job.attempts[0].outcome is Outcome.UNKNOWN
    assert "task-1" in queue.canceled
    assert job.status is Status.SUCCEEDED


def test_a_canceled_job_cancels_its_task_and_costs_nothing(world: World, queue: FakeQueue) -> None:
    job_id = world.begin().job.id
    world.turn(job_id, turn=0, dead=-1)
    assert world.cancel(job_id, caller=ANN).cancel_requested

    job = world.run(job_id)

    assert queue.canceled == ["task-1"]
    assert job.status is Status.CANCELED
    assert world.available() == 100


def test_a_refusal_that_comes_later_is_final_too(world: World, queue: FakeQueue) -> None:
    queue.failures = [ProviderRefused("content_policy_violation")]

    job = world.run(world.begin().job.id)

    assert job.failure is not None
    assert job.failure.code == "content_refused"
    assert world.available() == 100
