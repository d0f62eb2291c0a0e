"""When an attempt is begun, how long its worker counts as alive, and what it does not touch any more."""

import pytest

from easel.clock import DAY, SECOND, day_of
from easel.errors import CallerError
from easel.execution.next_provider import AskProvider, Exhausted, next_provider
from easel.execution.time_limits import lease_until
from easel.jobs.model import ATTEMPTS_MAX, Failure, Job, Status
from easel.jobs.task_result import TaskResult
from easel.policy import Clocks
from easel.providers.errors import ProviderUnavailable
from easel.providers.protocol import Made, Order, Outcome
from tests.support.builders import a_job, a_step, an_attempt, an_image, ended
from tests.support.fakes import NOON, pictures
from tests.support.world import ANN, World


def changed(world: World, job_id: str, **fields: object) -> Job:
    """The job with these fields, written as another hand would."""
    return world.store.change(job_id, lambda job: job.moved(**fields) if job else pytest.fail("no job"))


def orders(world: World) -> int:
    return sum(len(provider.orders) for provider in world.providers.values())


@pytest.mark.parametrize(
    "fields", [{"cancel_requested": True}, {"failure": Failure(code="internal", message="No.")}, {"erased": True}]
)
@pytest.mark.parametrize("references", [0, 1])
def test_nobody_is_asked_for_a_job_that_was_canceled_failed_or_erased(
    quick_world: World, fields: dict[str, object], references: int
) -> None:
    """Not even its references are prepared."""
    job_id = quick_world.begin().job.id
    changed(quick_world, job_id, references=references, **fields)

    assert quick_world.attempt(job_id, crashes=0, dead=-1) == TaskResult("ended")
    assert (orders(quick_world), quick_world.job(job_id).attempts) == (0, ())


def test_after_a_cancel_that_came_during_a_call_there_is_no_next_one(quick_world: World) -> None:
    job_id = quick_world.begin(n=1).job.id

    def canceled_meanwhile(_order: Order) -> Made:
        changed(quick_world, job_id, cancel_requested=True)
        raise ProviderUnavailable("down", paid=False)

    quick_world.providers["openai"].script = [canceled_meanwhile]

    assert quick_world.attempt(job_id, crashes=0, dead=-1) == TaskResult("ended")


def test_a_worker_that_comes_too_late_writes_nothing_on_a_final_job(quick_world: World) -> None:
    job_id = quick_world.begin().job.id

    def settled_meanwhile(order: Order) -> Made:
        quick_world.clock.forward(1000)
        quick_world.settle(job_id)
        return pictures(order)

    quick_world.providers["openai"].script = [settled_meanwhile]
    quick_world.attempt(job_id, crashes=0, dead=-1)

    job = quick_world.job(job_id)
    assert (job.status, job.charged, job.images) == (Status.FAILED, 0, ())
    assert [attempt.outcome for attempt in job.attempts] == [Outcome.ABANDONED]
    assert quick_world.available() == 100


def test_a_lease_is_never_past_the_jobs_deadline() -> None:
    job, clocks = a_job(deadline_at=NOON + 100 * SECOND), Clocks()

    assert lease_until(job, NOON, clocks) == NOON + 100 * SECOND
    assert lease_until(a_job(deadline_at=NOON + DAY), NOON, clocks) == NOON + clocks.lease * SECOND


def test_another_paid_attempt_is_reserved_on_the_day_it_is_made(quick_world: World) -> None:
    job_id = quick_world.begin().job.id
    job = quick_world.job(job_id)
    step = job.route[0]
    billed = ended(Outcome.UNKNOWN, provider=step.provider, model=step.model)
    tomorrow = quick_world.clock.now() + DAY
    quick_world.store.save(job, job.to(Status.RUNNING, attempts=(billed,), deadline_at=tomorrow + 900 * SECOND))
    quick_world.clock.forward(DAY / SECOND)

    assert quick_world.attempt(job_id, crashes=0, dead=-1).outcome == "stored"

    days = [reservation.day for reservation in quick_world.job(job_id).reservations]
    assert days == [day_of(NOON), day_of(NOON + DAY)]
    quick_world.settle(job_id)
    assert quick_world.budget_folds()


def test_a_job_asks_no_more_than_its_bound_whoever_is_left() -> None:
    busy = tuple(ended(Outcome.BUSY, number + 1, paid=False, retry_at=NOON) for number in range(ATTEMPTS_MAX))
    job = a_job(attempts=busy[:-1], route=(a_step("openai"), a_step("second")))

    assert ATTEMPTS_MAX == 24
    assert next_provider(job, NOON) != Exhausted()
    assert next_provider(job.model_copy(update={"attempts": busy}), NOON) == Exhausted()


def test_the_only_provider_is_asked_again_for_what_it_left_out() -> None:
    short = ended(Outcome.DELIVERED, slots=(0, 1), images=(an_image(0),))

    assert next_provider(a_job(n=2, route=(a_step("openai"),), attempts=(short,)), NOON) == AskProvider(
        a_step("openai"), (1,)
    )


def test_another_workers_open_attempt_is_waited_for(quick_world: World) -> None:
    job_id = quick_world.begin().job.id
    job = quick_world.job(job_id)
    attempt = an_attempt(provider=job.route[0].provider, model=job.route[0].model, lease_until=NOON + 20 * SECOND)
    quick_world.store.save(job, job.to(Status.RUNNING, attempts=(attempt,)))

    assert quick_world.attempt(job_id, crashes=0, dead=-1) == TaskResult("wait", 20)
    assert orders(quick_world) == 0


def test_a_job_of_nobody_or_final_ends_at_once(quick_world: World) -> None:
    job = quick_world.cancel(quick_world.begin().job.id, caller=ANN)

    for job_id in ("nowhere", job.id):
        assert quick_world.attempt(job_id, crashes=0, dead=-1) == TaskResult("ended")
    with pytest.raises(CallerError):
        quick_world.status.read("nowhere", caller=ANN)
