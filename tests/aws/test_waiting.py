"""How many requests wait in the doors at once."""

from contextlib import ExitStack

from easel import requests
from tests.world import ANN, World


def seats(world: World, stack: ExitStack, wanted: int) -> list[bool]:
    return [stack.enter_context(world.waiting.seat()) for _ in range(wanted)]


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

        started = world.generate(requests.job({"prompt": "a lamp"}), caller=ANN, key=None, until=began + 20_000)

    assert world.clock.now() == began
    assert not started.job.final
    assert world.run(started.job.id).charged == 6
