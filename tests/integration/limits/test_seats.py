"""How many requests wait in the doors at once."""

from contextlib import ExitStack

import pytest

from easel.errors import NotFound
from easel.jobs.read import Seen
from easel.limits.seats import Seats
from tests.support.requests import a_job_request
from tests.support.world import ANN, BOB, World

POLL = 20_000


def seats(world: World, stack: ExitStack, wanted: int, room: Seats | None = None) -> list[bool]:
    return [stack.enter_context((room or world.waiting).seat()) for _ in range(wanted)]


def test_no_more_wait_at_once_than_there_are_seats(world: World) -> None:
    with ExitStack() as waiting:
        assert seats(world, waiting, 3) == [True, True, False]

    with ExitStack() as waiting:
        assert seats(world, waiting, 3) == [True, True, False]


def test_who_entered_in_the_last_window_still_has_a_seat_in_this_one(world: World) -> None:
    with ExitStack() as waiting:
        seats(world, waiting, 1)
        world.clock.forward(world.clocks.door)

        assert seats(world, waiting, 2) == [True, False]


def test_a_seat_whose_function_died_is_free_when_nobody_can_still_be_waiting(world: World) -> None:
    died = ExitStack()
    seats(world, died, 2)

    world.clock.forward(2 * world.clocks.door)

    with ExitStack() as waiting:
        assert seats(world, waiting, 2) == [True, True]


def test_who_finds_no_seat_is_answered_at_once_with_a_job_that_goes_on(world: World) -> None:
    with ExitStack() as waiting:
        seats(world, waiting, 2)
        began = world.clock.now()

        started = world.generate(a_job_request({"prompt": "a lamp"}), caller=ANN, key=None, until=began + 20_000)

    assert world.clock.now() == began
    assert not started.job.final
    assert world.run(started.job.id).charged == 6


def test_a_long_poll_waits_in_a_seat_and_leaves_it(world: World) -> None:
    job_id, began = world.begin().job.id, world.clock.now()
    seen: list[list[bool]] = []

    def look() -> None:
        with ExitStack() as others:
            seen.append(seats(world, others, 2, world.watch.waiting))

    world.clock.on_sleep = look
    found = world.watch(job_id, caller=ANN, seen=None, until=began + POLL)

    assert not found.job.final
    assert began + POLL - 1_500 <= world.clock.now() < began + POLL
    assert seen[0] == [True, False]
    with ExitStack() as waiting:
        assert seats(world, waiting, 2, world.watch.waiting) == [True, True]


def test_a_long_poll_without_a_seat_is_answered_at_once(world: World) -> None:
    job_id, began = world.begin().job.id, world.clock.now()

    with ExitStack() as waiting:
        seats(world, waiting, 2, world.watch.waiting)
        found = world.watch(job_id, caller=ANN, seen=None, until=began + POLL)

    assert world.clock.now() == began
    assert found.job.id == job_id


def test_a_long_poll_ends_with_the_change(world: World) -> None:
    job_id, began = world.begin().job.id, world.clock.now()
    world.clock.on_sleep = lambda: world.cancel(job_id, caller=ANN)

    found = world.watch(job_id, caller=ANN, seen=None, until=began + POLL)

    assert found.job.final
    assert world.clock.now() < began + 1_000


def test_a_long_poll_with_news_and_one_for_anothers_job_take_no_seat(world: World) -> None:
    job = world.begin().job
    until = world.clock.now() + POLL

    world.watch(job.id, caller=ANN, seen=Seen(job.version - 1, 0), until=until)
    world.run(job.id)
    world.watch(job.id, caller=ANN, seen=None, until=until)
    with pytest.raises(NotFound):
        world.watch(job.id, caller=BOB, seen=None, until=until)

    assert "watching" not in str(world.dynamodb.scan(TableName="limits")["Items"])


def test_long_polls_take_no_seat_from_those_who_wait_for_a_picture(world: World) -> None:
    with ExitStack() as waiting:
        seats(world, waiting, 2, world.watch.waiting)

        assert seats(world, waiting, 2) == [True, True]
