"""How a day's cap is dealt to shards: in every order of things, what is committed stays within it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from easel.limits.budget_shards import SHARDS, Caps, Day, Deal, Pool, Shard, deal

Move = tuple[Pool, int, int, int]  # pool, shard, micro-dollars, which of the caps
POOLS = st.sampled_from(("main", "free"))
CAPS = (Caps(1_000, 200), Caps(700, 300), Caps(1_300, 10))


def applied(day: Day, plan: Deal, caps: Caps) -> Day:
    shards = dict(day.shards)
    for place, room in plan.taken.items():
        shards[place] = replace(shards[place], room=shards[place].room - room)
    target = shards.get(plan.place, Shard())
    shards[plan.place] = replace(target, room=target.room + plan.amount)
    free = caps.of("free") if plan.place[0] == "free" or day.caps is None else day.caps.free
    return Day(day.dealt + plan.change, day.dealt_free + plan.change_free, Caps(caps.all, free), shards)


def reserved(day: Day, wanted: tuple[Pool, int], micros: int, caps: Caps) -> Day | None:
    """As the writes do it: at once where the wanted shard has room under these caps, else after a deal."""
    place = wanted
    if not (day.caps and day.under(wanted[0], caps) and day.shards.get(wanted, Shard()).room >= max(micros, 1)):
        plan = deal(day, wanted, micros, caps)
        if plan is None:
            return None
        place, day = plan.place, applied(day, plan, caps) if plan.needed else day
    shard = day.shards[place]
    assert shard.room >= micros
    assert day.under(place[0], caps)
    taken = replace(shard, committed=shard.committed + micros, room=shard.room - micros)
    return replace(day, shards={**day.shards, place: taken})


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

        assert committed(day) <= day.dealt <= caps.all
        assert committed(day, "free") <= day.dealt_free <= caps.of("free")
        assert day.dealt == sum(shard.committed + shard.room for shard in day.shards.values())


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

        assert day.dealt == sum(shard.committed + shard.room for shard in day.shards.values())


def _some_given_back(day: Day, draw: int) -> Day:
    """What settling a job does: part of what a shard committed becomes room again."""
    if not day.shards:
        return day
    place = sorted(day.shards)[draw % len(day.shards)]
    shard = day.shards[place]
    freed = shard.committed * (draw % 3) // 3
    back = replace(shard, committed=shard.committed - freed, room=shard.room + freed)
    return replace(day, shards={**day.shards, place: back})
