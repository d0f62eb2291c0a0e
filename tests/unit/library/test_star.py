"""Whose stars stick, and what a star never disturbs."""

import pytest

from easel.errors import JobErased, NotFound
from easel.jobs.listing import Wanted
from easel.jobs.model import Job, Status
from tests.support.fakes import pictures
from tests.support.world import ANN, BOB, NOBODY, PAYMENTS, World


def starred(world: World) -> list[str]:
    page = world.status.list(caller=ANN, limit=50, cursor=None, wanted=Wanted(starred=True))
    return [job.id for job in page.jobs]


def test_a_starred_job_is_found_until_the_star_is_taken_back(quick_world: World) -> None:
    world = quick_world
    first, second = (world.begin().job.id for _ in range(2))

    world.star(first, starred=True, caller=ANN)

    assert starred(world) == [first]
    rest = world.status.list(caller=ANN, limit=50, cursor=None, wanted=Wanted(starred=False))
    assert [job.id for job in rest.jobs] == [second]
    world.star(first, starred=False, caller=ANN)
    assert starred(world) == []


def test_the_same_star_twice_writes_once(quick_world: World) -> None:
    world = quick_world
    job = world.begin().job

    once = world.star(job.id, starred=True, caller=ANN)
    twice = world.star(job.id, starred=True, caller=ANN)

    assert once.version == twice.version == world.job(job.id).version


def test_nobody_stars_the_job_of_another(quick_world: World) -> None:
    world = quick_world
    job = world.begin().job

    for caller in (BOB, NOBODY, PAYMENTS):
        with pytest.raises(NotFound) as foreign:
            world.star(job.id, starred=True, caller=caller)
        with pytest.raises(NotFound) as absent:
            world.star("k" + "a" * 26, starred=True, caller=caller)
        assert foreign.value.args == absent.value.args
    assert not world.job(job.id).starred


def test_an_erased_job_takes_no_star(quick_world: World) -> None:
    world = quick_world
    job = world.run(world.begin().job.id)
    world.erase(job.id, caller=ANN)

    with pytest.raises(JobErased):
        world.star(job.id, starred=True, caller=ANN)


def test_a_star_in_the_middle_of_a_call_costs_nothing_and_stays(quick_world: World) -> None:
    world = quick_world
    job = world.begin().job

    def make(order: object) -> object:
        world.star(job.id, starred=True, caller=ANN)
        return pictures(order)  # type: ignore[arg-type]

    world.providers["openai"].script[:] = [make]  # type: ignore[list-item]
    done = world.run(job.id)

    assert (done.status, done.starred, done.charged) == (Status.SUCCEEDED, True, job.held)
    assert len(world.providers["openai"].orders) == 1


def test_a_star_that_meets_another_change_loses_neither(quick_world: World) -> None:
    world = quick_world
    job = world.begin().job
    plain = world.store.save
    world.begin()  # something else goes on

    def save(old: Job, new: Job) -> Job:
        vars(world.store).pop("save")
        world.cancel(job.id, caller=ANN)
        return plain(old, new)

    vars(world.store)["save"] = save
    after = world.star(job.id, starred=True, caller=ANN)

    assert (after.starred, after.status) == (True, Status.CANCELED)
    assert world.available() == 94  # only the other job's
