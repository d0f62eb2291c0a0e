"""Changing a job's row while somebody else does: plan again, and give up at last."""

import pytest

from easel.errors import Busy
from easel.jobs.model import Job
from easel.jobs.store import CHANGES_MAX, VersionConflict
from tests.support.world import World


class Rival:
    """Plans a cancel, and has the row changed by somebody else between the read and the save, `times` times."""

    def __init__(self, world: World, times: int) -> None:
        self.world, self.times, self.plans = world, times, 0

    def __call__(self, job: Job | None) -> Job:
        assert job is not None
        self.plans += 1
        if self.plans <= self.times:
            self.world.store.save(job, job.moved(warnings=(*job.warnings, f"change {self.plans}")))
        return job.moved(cancel_requested=True)


def test_a_change_is_planned_again_from_what_somebody_else_wrote(world: World) -> None:
    plan = Rival(world, times=2)

    job = world.store.change(world.begin().job.id, plan)

    assert (plan.plans, job.cancel_requested, job.warnings[-2:]) == (3, True, ("change 1", "change 2"))
    assert world.job(job.id) == job


def test_a_change_gives_up_where_the_row_keeps_changing(world: World) -> None:
    job_id, plan = world.begin().job.id, Rival(world, times=CHANGES_MAX)

    with pytest.raises(VersionConflict):
        world.store.change(job_id, plan)

    assert (plan.plans, world.job(job_id).cancel_requested) == (CHANGES_MAX, False)


def test_a_caller_is_told_to_try_again_where_the_row_keeps_changing(world: World) -> None:
    with pytest.raises(Busy):
        world.store.change_or_busy(world.begin().job.id, Rival(world, times=CHANGES_MAX))


def test_a_job_that_needs_no_change_is_not_written(world: World) -> None:
    job = world.begin().job

    def plan(found: Job | None) -> Job:
        assert found is not None
        return found

    assert world.store.change(job.id, plan).version == world.job(job.id).version == job.version
