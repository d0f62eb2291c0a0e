"""The day's cap over everyone."""

import pytest

from easel.aws.dynamodb import ConditionFailed
from easel.clock import DAY
from easel.errors import SpendingPaused
from easel.limits.budget import Budget
from easel.limits.budget_shards import Pool, Reservation
from easel.providers.errors import ProviderUnavailable
from tests.support.fakes import NOON, FakeProvider
from tests.support.world import BOB, NOBODY, World

TODAY = "2026-10-28"


def budget_of(world: World, cap: int, free: int | None = None) -> Budget:
    return Budget(world.database, "limits", cap, free)


def reserve(world: World, budget: Budget, micros: int, *, shard: int = 0, pool: Pool = "main") -> bool:
    wanted = Reservation(day=TODAY, shard=shard, micros=micros, pool=pool)
    placed = budget.with_room(wanted, NOON)
    if placed is None:
        return False
    world.database.commit((budget.reserve(placed),), token=str(world.clock.now()), until=NOON + 1000)
    world.clock.forward(1)
    return True


def committed(world: World) -> int:
    rows, _ = world.database.query("limits", "pk = :day", {"day": f"budget#{TODAY}"})
    return sum(int(row.get("committed", 0)) for row in rows)


@pytest.mark.parametrize("cap", [0, 1, 99, 17_000_003])
def test_the_cap_is_given_out_to_the_last_micro_dollar_and_not_one_more(world: World, cap: int) -> None:
    budget = budget_of(world, cap)
    pieces = [cap // 3, cap // 3, cap - 2 * (cap // 3)]

    assert all(reserve(world, budget, piece, shard=index) for index, piece in enumerate(pieces))
    assert not reserve(world, budget, 1, shard=7)
    assert committed(world) == cap


def test_a_shard_takes_what_was_dealt_to_it_and_nothing_more(world: World) -> None:
    budget = budget_of(world, 100)
    place = Reservation(day=TODAY, shard=0, micros=60)
    assert budget.with_room(place, NOON) == place
    world.database.commit((budget.reserve(place),), token="1", until=NOON + 1000)

    with pytest.raises(ConditionFailed):
        world.database.commit((budget.reserve(place),), token="2", until=NOON + 1000)


def test_a_full_shard_leaves_room_in_another(world: World) -> None:
    budget = budget_of(world, 100)
    reserve(world, budget, 60, shard=0)
    reserve(world, budget, 39, shard=1)

    placed = budget.with_room(Reservation(day=TODAY, shard=0, micros=1), NOON)

    assert placed is not None
    assert not reserve(world, budget, 2, shard=0)


def test_room_that_lies_about_in_many_shards_is_collected_for_one_dear_job(world: World) -> None:
    budget = budget_of(world, 6_400)
    for shard in range(16):
        reserve(world, budget, 1, shard=shard)

    assert reserve(world, budget, 6_400 - 16, shard=3)
    assert committed(world) == 6_400


def test_a_cap_that_is_lowered_during_the_day_holds_at_once(world: World) -> None:
    high = budget_of(world, 6_400)
    for shard in range(16):
        reserve(world, high, 10, shard=shard)
    low = budget_of(world, 200)

    assert not reserve(world, low, 41, shard=5)
    assert reserve(world, low, 40, shard=5)
    assert committed(world) == 200
    assert not reserve(world, budget_of(world, 199), 1)


def test_a_cap_that_is_raised_during_the_day_is_given_out(world: World) -> None:
    reserve(world, budget_of(world, 100), 100)

    assert reserve(world, budget_of(world, 150), 50)
    assert not reserve(world, budget_of(world, 150), 1)


def test_what_was_given_away_has_a_smaller_cap_and_counts_towards_the_whole(world: World) -> None:
    budget = budget_of(world, 100, free=30)

    assert reserve(world, budget, 30, pool="free")
    assert not reserve(world, budget, 1, pool="free")
    assert reserve(world, budget, 70)
    assert not reserve(world, budget, 1)
    assert committed(world) == 100


def test_paid_jobs_may_use_all_that_free_ones_left(world: World) -> None:
    budget = budget_of(world, 100, free=30)
    reserve(world, budget, 10, pool="free")

    assert reserve(world, budget, 90)
    assert not reserve(world, budget, 1, pool="free")


def test_a_job_that_draws_credits_given_away_is_paid_from_the_free_pool(world: World) -> None:
    world.allowing(welcome_credits=50)
    paid = world.begin().job

    world.allowing(anonymous=True, anonymous_daily_credits=50)
    anonymous = world.begin(NOBODY).job

    assert paid.reservations[0].pool == "free"  # the welcome is spent before what was paid for
    assert anonymous.reservations[0].pool == "free"


def test_credits_that_were_paid_for_keep_working_when_the_free_pool_is_empty(world: World) -> None:
    world.allowing(anonymous=True, anonymous_daily_credits=500, free_cap_micros=1)

    with pytest.raises(SpendingPaused):
        world.begin(NOBODY)
    assert world.begin().job.reservations[0].pool == "main"


def test_what_a_job_did_not_spend_returns_to_the_day_it_was_reserved_on(world: World) -> None:
    job_id = world.begin().job.id
    world.clock.forward(DAY // 1000)

    world.reconciled(60)

    assert committed(world) == 0
    assert world.job(job_id).final
    assert world.budget_folds()


def test_a_second_paid_attempt_reserves_its_cost_too(world: World) -> None:
    world.providers["openai"] = FakeProvider(ProviderUnavailable("500", paid=True))
    started = world.begin().job

    job = world.run(started.id)

    assert len(job.reservations) == 2
    assert world.budget_folds()


def test_a_second_attempt_that_the_cap_has_no_room_for_is_not_made(world: World) -> None:
    world.providers["openai"] = FakeProvider(ProviderUnavailable("500", paid=True))
    worst = world.begin().job.reserved_micros
    world.allowing(daily_cap_micros=worst + 1)

    with pytest.raises(SpendingPaused):
        world.begin()
    [job_id] = world.workflow.started
    job = world.run(job_id)

    assert job.failure is not None
    assert not world.providers["openai_compatible"].orders
    assert world.available() == 100


def test_who_paid_is_served_from_what_was_paid_for_while_the_free_pool_is_empty(world: World) -> None:
    world.allowing(welcome_credits=50, free_cap_micros=1)

    job = world.begin().job

    assert job.reservations[0].pool == "main"
    assert {draw.kind for draw in job.draws} == {"paid"}
    assert world.available() == 144


def test_who_has_only_what_was_given_away_waits_for_tomorrow(world: World) -> None:
    world.allowing(welcome_credits=50, free_cap_micros=1)

    with pytest.raises(SpendingPaused, match="given away"):
        world.begin(BOB)
