"""Providers that deliver later: nobody waits for them but the workflow, and nothing is ordered twice."""

from collections.abc import Iterator

import pytest

from easel.clock import SECOND
from easel.jobs.model import Job, Status
from easel.policy import Clocks
from easel.providers.errors import ProviderRefused
from easel.providers.protocol import Made, Order, Outcome, Task
from tests.support.builders import a_data_url
from tests.support.deaths import WorkerDied
from tests.support.fakes import FakeQueue
from tests.support.moto_world import a_world
from tests.support.world import ANN, World

SHORT = Clocks(call_max=8, call_min=2, finish=4, lease=14, ticket=60, deadline=100, wait_max=4, wait_min=1, slack=2)


@pytest.fixture
def queue(world: World) -> FakeQueue:
    made = FakeQueue(world.clock)
    world.replace("openai", made)
    return made


@pytest.fixture
def short() -> Iterator[World]:
    """A world whose workers live for 12 seconds."""
    with a_world(clocks=SHORT) as world:
        yield world


def one_image_a_call(job: Job) -> Job:
    step = job.route[0].model_copy(update={"images_per_call": 1})
    return job.moved(route=(step, *job.route[1:]))


def test_a_queue_is_handed_the_order_once_and_looked_after(world: World, queue: FakeQueue) -> None:
    job_id = world.begin(n=2).job.id
    first = world.attempt(job_id, crashes=0, dead=-1)
    assert (first.outcome, first.seconds) == ("pending", 5)

    job = world.run(job_id)

    assert job.status is Status.SUCCEEDED
    assert len(job.images) == 2
    assert len(queue.orders) == 1
    assert [call.outcome for call in job.attempts[0].calls] == ["delivered"]
    assert job.attempts[0].calls[0].milliseconds >= 30_000


def test_a_worker_that_dies_while_a_queue_works_costs_no_second_order(world: World, queue: FakeQueue) -> None:
    job_id = world.begin().job.id
    world.attempt(job_id, crashes=0, dead=-1)

    answer = world.attempt(job_id, crashes=1, dead=0)

    assert answer.outcome == "pending"
    assert world.run(job_id).status is Status.SUCCEEDED
    assert len(queue.orders) == 1


def test_a_worker_that_dies_before_it_wrote_the_task_down_may_order_once_more(world: World, queue: FakeQueue) -> None:
    job_id = world.begin().job.id
    write = world.attempt.open_attempts.write_result

    def killed(*_: object) -> None:
        raise WorkerDied

    object.__setattr__(world.attempt.open_attempts, "write_result", killed)
    with pytest.raises(WorkerDied):
        world.attempt(job_id, crashes=0, dead=-1)
    object.__setattr__(world.attempt.open_attempts, "write_result", write)
    world.attempt(job_id, crashes=1, dead=0)

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


def test_a_queues_task_may_take_longer_than_a_workers_lease(short: World) -> None:
    queue = FakeQueue(short.clock, seconds=40)
    short.replace("openai", queue)

    job = short.run(short.begin().job.id)

    assert (job.status, job.attempts[0].outcome) == (Status.SUCCEEDED, Outcome.DELIVERED)
    assert len(job.attempts) == len(queue.orders) == 1
    assert job.attempts[0].calls[0].milliseconds >= 40 * SECOND


def test_a_job_is_not_settled_while_somebody_looks_after_its_task(short: World) -> None:
    short.replace("openai", FakeQueue(short.clock, seconds=40))
    job_id = short.begin().job.id
    for _ in range(8):
        short.clock.forward(short.attempt(job_id, crashes=0, dead=-1).seconds)

    assert short.clock.now() > short.job(job_id).created_at + SHORT.lease * SECOND
    assert short.settle(job_id).outcome == "wait"
    assert (short.job(job_id).wake_by or 0) > short.clock.now()


def test_a_job_whose_task_nobody_looks_after_any_more_ends_after_the_last_lease(short: World) -> None:
    short.replace("openai", FakeQueue(short.clock, seconds=40))
    job_id = short.begin().job.id
    short.attempt(job_id, crashes=0, dead=-1)

    short.clock.forward(SHORT.lease + 1)
    short.settle(job_id)

    job = short.job(job_id)
    assert (job.status, job.charged) == (Status.FAILED, 0)
    assert [(call.paid, call.outcome) for call in job.attempts[0].calls] == [(True, Outcome.UNKNOWN)]
    assert short.budget_folds()


def test_what_a_queue_still_works_on_is_in_the_books_beside_what_it_delivered(short: World) -> None:
    queue = FakeQueue(short.clock, seconds=20)
    short.replace("openai", queue)
    job_id = short.begin(n=2).job.id
    short.store.save(short.job(job_id), one_image_a_call(short.job(job_id)))
    short.attempt(job_id, crashes=0, dead=-1)
    queue.ready("task-1")
    short.clock.forward(5)
    short.attempt(job_id, crashes=0, dead=-1)

    short.clock.forward(SHORT.lease + 1)
    short.settle(job_id)

    job = short.job(job_id)
    worst = job.route[0].worst_micros_per_image
    assert (job.status, len(job.images)) == (Status.SUCCEEDED, 1)
    assert job.cost_micros() == 40_000 + worst
    assert short.budget_folds()


def test_a_look_that_is_late_does_not_open_what_another_closed(short: World) -> None:
    queue = FakeQueue(short.clock, seconds=10)
    short.replace("openai", queue)
    job_id = short.begin().job.id
    short.attempt(job_id, crashes=0, dead=-1)
    short.clock.forward(6)
    ready = queue.look

    def overtaken(task_id: str, order: Order) -> Made | Task:
        queue.look = ready  # type: ignore[method-assign]
        short.clock.forward(6)
        short.attempt(job_id, crashes=0, dead=-1)
        return Task(task_id, 5)

    queue.look = overtaken  # type: ignore[method-assign]
    answer = short.attempt(job_id, crashes=1, dead=-1)

    assert answer.outcome == "stored"
    assert short.job(job_id).attempts[0].outcome is Outcome.DELIVERED


def test_a_queues_task_ends_with_its_job(short: World) -> None:
    queue = FakeQueue(short.clock, seconds=10_000)
    short.replace("openai", queue)
    short.replace("openai_compatible", FakeQueue(short.clock, seconds=10_000))
    job_id = short.begin().job.id

    job = short.run(job_id, tasks=200)

    assert job.failure is not None
    assert job.failure.code == "deadline_exceeded"
    assert queue.canceled == ["task-1"]
    assert job.finished_at is not None
    assert job.finished_at <= job.deadline_at
    assert short.available() == 100


def test_a_task_that_takes_long_is_looked_at_less_often(world: World, queue: FakeQueue) -> None:
    queue.seconds = 300
    job_id = world.begin().job.id

    world.run(job_id)

    assert queue.looks < 25


def test_what_an_image_costs_is_kept_with_its_ticket(world: World, queue: FakeQueue) -> None:
    queue.cost_micros, queue.counted = 8_000, False
    reference = {"data": a_data_url()}

    job = world.run(world.begin(n=2, references=[reference]).job.id)

    assert [call.cost_micros for call in job.attempts[0].calls] == [16_000]
    assert [len(order.references) for order in queue.orders] == [1]
    assert [len(order.references) for order in queue.looked] == [0] * queue.looks


def test_a_canceled_job_cancels_its_task_and_costs_nothing(world: World, queue: FakeQueue) -> None:
    job_id = world.begin().job.id
    world.attempt(job_id, crashes=0, dead=-1)
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
