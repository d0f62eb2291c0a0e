"""How a day's cap is allocated to shards: in every order of things, what is committed stays within it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from easel.limits.budget_shards import SHARDS, Allocation, Caps, Day, Pool, Shard, allocate

Move = tuple[Pool, int, int, int]  # pool, shard, micro-dollars, which of the caps
POOLS = st.sampled_from(("main", "free"))
CAPS = (Caps(1_000, 200), Caps(700, 300), Caps(1_300, 10))


def applied(day: Day, plan: Allocation, caps: Caps) -> Day:
    shards = dict(day.shards)
    for place, free in plan.taken.items():
        shards[place] = replace(shards[place], free=shards[place].free - free)
    target = shards.get(plan.shard, Shard())
    shards[plan.shard] = replace(target, free=target.free + plan.amount)
    free = caps.of("free") if plan.shard[0] == "free" or day.caps is None else day.caps.free
    return Day(day.allocated + plan.change, day.allocated_free + plan.change_free, Caps(caps.all, free), shards)


def reserved(day: Day, wanted: tuple[Pool, int], micros: int, caps: Caps) -> Day | None:
    """As the writes do it: at once where the wanted shard has enough free under these caps, else after allocating."""
    place = wanted
    if not (day.caps and day.allocated_under(wanted[0], caps) and day.free_in(wanted) >= max(micros, 1)):
        plan = allocate(day, wanted, micros, caps)
        if plan is None:
            return None
        place, day = plan.shard, applied(day, plan, caps) if plan.writes else day
    shard = day.shards[place]
    assert shard.free >= micros
    assert day.allocated_under(place[0], caps)
    taken = replace(shard, committed=shard.committed + micros, free=shard.free - micros)
    return replace(day, shards={**day.shards, place: taken})


def test_the_example_of_the_module_is_what_happens() -> None:
    day, caps = Day(), Caps(6_400, 6_400)
    seen = []

    for number, micros in ((0, 60), (1, 60), (1, 6_270)):
        after = reserved(day, ("main", number), micros, caps)
        assert after
        day = after
        seen.append((day.allocated, [(shard.committed, shard.free) for shard in day.shards.values()]))

    assert seen == [(100, [(60, 40)]), (200, [(60, 40), (60, 40)]), (6_390, [(6_330, 0), (60, 0)])]
    assert reserved(day, ("main", 1), 11, caps) is None
    assert reserved(day, ("main", 1), 10, caps)


def committed(day: Day, pool: Pool | None = None) -> int:
    return sum(shard.committed for (of, _), shard in day.shards.items() if pool in (None, of))


@given(st.lists(st.tuples(POOLS, st.integers(0, SHARDS - 1), st.integers(0, 400), st.integers(0, 1000)), max_size=40))
def test_under_one_cap_a_reservation_is_refused_exactly_where_it_would_pass_the_cap(moves: list[Move]) -> None:
    day, caps = Day(), CAPS[0]

    for pool, number, micros, freed in moves:
        after = reserved(day, (pool, number), micros, caps)
        passes = committed(day) + micros > caps.all or (
            pool == "free" and committed(day, "free") + micros > caps.of("free")
        )
        assert (after is None) == passes
        day = _some_given_back(after or day, freed)

        assert committed(day) <= day.allocated <= caps.all
        assert committed(day, "free") <= day.allocated_free <= caps.of("free")
        assert day.allocated == sum(shard.committed + shard.free for shard in day.shards.values())


@given(st.lists(st.tuples(POOLS, st.integers(0, SHARDS - 1), st.integers(0, 400), st.integers(0, 99)), max_size=40))
def test_whatever_the_cap_is_changed_to_nothing_is_reserved_beyond_the_one_in_force(moves: list[Move]) -> None:
    day = Day()

    for pool, number, micros, which in moves:
        caps = CAPS[which % 3]
        day = _some_given_back(day, which)
        after = reserved(day, (pool, number), micros, caps)
        if after:
            assert committed(after) <= caps.all
            assert pool == "main" or committed(after, "free") <= caps.of("free")
        day = after or day

        assert day.allocated == sum(shard.committed + shard.free for shard in day.shards.values())


def _some_given_back(day: Day, draw: int) -> Day:
    """What settling a job does: part of what a shard committed is free again."""
    if not day.shards:
        return day
    place = sorted(day.shards)[draw % len(day.shards)]
    shard = day.shards[place]
    freed = shard.committed * (draw % 3) // 3
    back = replace(shard, committed=shard.committed - freed, free=shard.free + freed)
    return replace(day, shards={**day.shards, place: back})
