"""The writes of the day's budget: each refuses what must not happen, whatever the other walls say."""

import uuid

import pytest

from easel.aws.dynamodb import ConditionFailed, Update
from easel.limits.budget import Budget
from easel.limits.budget_shards import Reservation
from tests.support.fakes import NOON
from tests.support.world import World

DAY = "2026-10-28"


def a_budget(world: World, cap: int = 6_400, free: int | None = 640) -> Budget:
    return Budget(world.database, "limits", cap, free)


def commit(world: World, *writes: Update) -> None:
    world.database.commit(writes, token=str(uuid.uuid4()), until=world.clock.now() + 1000)


def placed(budget: Budget, micros: int, pool: str = "main") -> Reservation:
    found = budget.with_room(Reservation.model_validate({"day": DAY, "shard": 3, "micros": micros, "pool": pool}), NOON)
    assert found is not None
    return found


def test_what_was_reserved_comes_back_and_what_was_spent_stays(quick_world: World) -> None:
    budget = a_budget(quick_world)
    reservation = placed(budget, 60)
    commit(quick_world, budget.reserve(reservation))

    commit(quick_world, *budget.give_back([reservation], 25))

    shard = budget.day(DAY).shards["main", 3]
    assert (shard.committed, shard.spent, shard.free) == (25, 25, 75)


def test_nothing_is_given_back_to_a_row_that_is_not_there(quick_world: World) -> None:
    budget = a_budget(quick_world)
    never = Reservation(day="2026-01-01", shard=3, micros=60)

    with pytest.raises(ConditionFailed):
        commit(quick_world, *budget.give_back([never], 0))
    assert budget.day("2026-01-01").shards == {}


def test_what_was_free_under_an_older_cap_cannot_be_reserved(quick_world: World) -> None:
    reservation = placed(a_budget(quick_world), 60)

    with pytest.raises(ConditionFailed):
        commit(quick_world, a_budget(quick_world, cap=6_401).reserve(reservation))
    commit(quick_world, a_budget(quick_world, free=10).reserve(reservation))  # the main pool minds its own cap alone


def test_what_was_free_under_an_older_cap_of_gifts_cannot_be_given_away(quick_world: World) -> None:
    reservation = placed(a_budget(quick_world), 6, "free")

    with pytest.raises(ConditionFailed):
        commit(quick_world, a_budget(quick_world, free=639).reserve(reservation))
    commit(quick_world, a_budget(quick_world).reserve(reservation))


def test_more_than_is_free_in_a_shard_is_not_reserved(quick_world: World) -> None:
    budget = a_budget(quick_world)
    reservation = placed(budget, 60)

    commit(quick_world, budget.reserve(reservation.model_copy(update={"micros": 100})))
    with pytest.raises(ConditionFailed):
        commit(quick_world, budget.reserve(reservation.model_copy(update={"micros": 1})))
