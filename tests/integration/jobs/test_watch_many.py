"""Waiting until one of several jobs has ended."""

from easel.clock import SECOND
from easel.errors import CallerError, NotFound
from tests.support.moto_world import a_world
from tests.support.world import ANN, BOB


def test_nobody_waits_longer_than_until_the_first_has_ended() -> None:
    with a_world() as world:
        world.give(ANN)
        jobs = [world.begin(ANN).job.id for _ in range(3)]
        begun = world.clock.now()
        world.clock.on_sleep = lambda: world.run(jobs[1])

        found = world.watch_many(jobs, caller=ANN, until=begun + 20 * SECOND)

        assert [not isinstance(each, CallerError) and each.job.final for each in found] == [False, True, False]
        assert world.clock.now() - begun < 20 * SECOND


def test_time_ends_a_wait_for_jobs_that_go_on() -> None:
    with a_world() as world:
        world.give(ANN)
        job, begun = world.begin(ANN).job.id, world.clock.now()

        [found] = world.watch_many([job], caller=ANN, until=begun + 5 * SECOND)

        assert not isinstance(found, CallerError)
        assert not found.job.final
        assert 3 * SECOND <= world.clock.now() - begun <= 5 * SECOND


def test_another_owners_job_is_not_there_and_nobody_waits_for_it() -> None:
    with a_world() as world:
        world.give(BOB)
        theirs, begun = world.begin(BOB).job.id, world.clock.now()

        [found] = world.watch_many([theirs], caller=ANN, until=begun + 20 * SECOND)

        assert isinstance(found, NotFound)
        assert world.clock.now() == begun


def test_without_a_seat_the_answer_comes_at_once() -> None:
    with a_world() as world:
        world.give(ANN)
        job, begun = world.begin(ANN).job.id, world.clock.now()
        with world.watch.waiting.seat(), world.watch.waiting.seat():
            world.watch_many([job], caller=ANN, until=begun + 20 * SECOND)

        assert world.clock.now() == begun
