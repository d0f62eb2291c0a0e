"""How many workers run at once."""

from easel.clock import MINUTE
from easel.limits.worker_seats import WorkerSeats
from tests.support.world import World


def room(world: World, seats: int = 2) -> WorkerSeats:
    return WorkerSeats(world.database, "limits", world.clock, seats=seats)


def test_no_more_workers_have_a_seat_than_there_are(world: World) -> None:
    seats, until = room(world), world.clock.now() + MINUTE

    with seats.of("a") as a, seats.of("b") as b, seats.of("c") as c:
        assert [each.take(until=until) for each in (a, b, c)] == [True, True, False]


def test_who_leaves_makes_room_for_one_other(world: World) -> None:
    seats, until = room(world, seats=1), world.clock.now() + MINUTE

    with seats.of("a") as a:
        a.take(until=until)

    with seats.of("b") as b, seats.of("c") as c:
        assert [b.take(until=until), c.take(until=until)] == [True, False]


def test_a_worker_that_asks_again_keeps_its_seat_and_takes_no_second(world: World) -> None:
    seats, until = room(world, seats=2), world.clock.now() + MINUTE

    with seats.of("a") as a, seats.of("b") as b:
        assert [a.take(until=until), a.take(until=until), b.take(until=until)] == [True, True, True]


def test_a_worker_that_died_has_its_seat_until_its_time_is_over(world: World) -> None:
    seats, until = room(world, seats=1), world.clock.now() + MINUTE
    seats.take("died", until=until)

    world.clock.forward(59)
    early = seats.take("next", until=until + MINUTE)
    world.clock.forward(1)

    assert (early, seats.take("next", until=until + MINUTE)) == (None, 0)


def test_a_late_worker_that_leaves_does_not_free_the_seat_of_who_has_it_since(world: World) -> None:
    seats, until = room(world, seats=1), world.clock.now() + MINUTE
    with seats.of("late") as late:
        late.take(until=until)
        world.clock.forward(60)
        seats.take("next", until=until + MINUTE)

    assert seats.take("third", until=until + MINUTE) is None


def test_fewer_seats_hold_at_once_and_more_as_well(world: World) -> None:
    until = world.clock.now() + MINUTE
    for worker in ("a", "b", "c"):
        room(world, seats=3).take(worker, until=until)

    assert room(world, seats=2).take("d", until=until) is None
    assert room(world, seats=4).take("d", until=until) == 3


def test_where_no_seats_are_set_nobody_is_counted(world: World) -> None:
    with room(world, seats=0).of("a") as seat:
        assert seat.take(until=0)

    assert world.database.get("limits", "worker_seats", "0000") is None
