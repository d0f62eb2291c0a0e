"""The reconciler believes rows, not the index, and notes what it has found out."""

from dataclasses import replace

from easel.clock import SECOND
from easel.jobs.model import Job, Status
from easel.jobs.store import Store
from tests.support.builders import an_attempt
from tests.support.fakes import NOON
from tests.support.world import World


class Behind(Store):
    """An index that shows jobs as they were."""

    def __init__(self, world: World, *job_ids: str) -> None:
        super().__init__(world.database, "jobs")
        self.job_ids = job_ids

    def due(self, shard: int, *, now: int, limit: int) -> tuple[str, ...]:
        return self.job_ids if shard == 0 else ()


def run(world: World) -> int:
    return world.reconcile(until=world.clock.now() + 50 * SECOND)


def queued(world: World, *, key: str | None = "k") -> Job:
    """A job whose execution could not be started."""
    world.workflow.down = True
    job_id = world.begin(key=key).job.id
    world.workflow.down = False
    return world.job(job_id)


def test_a_job_that_the_index_shows_too_early_is_left_alone(quick_world: World) -> None:
    job = queued(quick_world)
    reconcile = replace(quick_world.reconcile, store=Behind(quick_world, job.id, "nowhere"))

    assert reconcile(until=NOON + 50 * SECOND) == 0
    assert (quick_world.job(job.id), quick_world.workflow.started) == (job, [])


def test_a_job_that_is_waited_for_is_started_late_and_looked_at_after_its_deadline(quick_world: World) -> None:
    job = queued(quick_world)
    quick_world.clock.forward(60)

    assert run(quick_world) == 1

    started = quick_world.job(job.id)
    assert quick_world.workflow.started == [job.id]
    assert (started.accepted, started.wake_by) == (True, job.deadline_at + 60 * SECOND)
    assert quick_world.meter.counts["JobStartedLate"] == 1


def test_a_late_start_that_failed_is_tried_again_and_noted_as_nothing(quick_world: World) -> None:
    job = queued(quick_world)
    quick_world.clock.forward(60)
    quick_world.workflow.down = True

    assert run(quick_world) == 0

    assert quick_world.job(job.id) == job
    assert quick_world.meter.counts["JobStartedLate"] == 0


def test_a_job_that_nobody_waits_for_gives_its_credits_back(quick_world: World) -> None:
    quick_world.workflow.down = True
    job_id = quick_world.begin(key=None).job.id
    row = quick_world.job(job_id)
    quick_world.store.save(row, row.moved(accepted=False))
    quick_world.clock.forward(60)

    assert run(quick_world) == 1
    assert quick_world.job(job_id).status is Status.FAILED
    assert quick_world.available() == 100
    assert quick_world.meter.counts["JobReconciled.status=queued"] == 1


def test_while_a_worker_may_be_alive_the_next_look_is_written_down(quick_world: World) -> None:
    job = queued(quick_world)
    step = job.route[0]
    attempt = an_attempt(provider=step.provider, model=step.model, lease_until=NOON + 90 * SECOND)
    quick_world.store.save(job, job.to(Status.RUNNING, attempts=(attempt,), wake_by=NOON + 60 * SECOND))
    quick_world.clock.forward(60)

    assert run(quick_world) == 0
    assert quick_world.job(job.id).wake_by == NOON + 90 * SECOND

    quick_world.clock.forward(30)
    assert run(quick_world) == 1
    assert quick_world.job(job.id).status is Status.FAILED
