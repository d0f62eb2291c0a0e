"""Nobody has more of a day's cap reserved at once than a share; what is only reserved is worth waiting a minute."""

import random
from dataclasses import replace
from typing import Any

import pytest

from easel.errors import CallerError, DailyLimitReached, InvalidRequest, SpendingPaused, TooManyJobsInFlight
from easel.policy import Policy
from tests.simulation.concurrent_calls import mix
from tests.simulation.stage import Setting, Stage
from tests.support.deaths import WorkerDied, dies
from tests.support.requests import a_job_request
from tests.support.world import ANN, BOB, NOBODY, World

HOME, AWAY = "203.0.113.7", "198.51.100.1"
ANONYMOUS: dict[str, Any] = {"anonymous": True, "anonymous_daily_credits": 600}


def worst(world: World) -> int:
    """What one lamp reserves."""
    micros = world.begin().job.reserved_micros
    for job_id in world.workflow.started:
        world.cancel(job_id, caller=ANN)
    return micros


def reserved(world: World) -> dict[str, int]:
    rows = world.dynamodb.scan(TableName="limits")["Items"]
    return {row["pk"]["S"]: int(row["reserved"]["N"]) for row in rows if "reserved" in row}


def test_one_owner_does_not_shut_the_day_for_another(world: World) -> None:
    world.allowing(daily_cap_micros=8 * worst(world), jobs_in_flight=99)
    world.give(BOB)
    begun = [world.begin(), world.begin()]

    with pytest.raises(TooManyJobsInFlight, match="their share") as refusal:
        world.begin()

    assert refusal.value.retry_after_seconds == 60
    assert world.available() == 100 - 2 * 6
    assert world.begin(BOB).job.held == 6
    world.cancel(begun[0].job.id, caller=ANN)
    assert world.begin().job.held == 6


def test_what_was_reserved_is_given_back_when_jobs_end_however_they_end(world: World) -> None:
    canceled, made = world.begin().job, world.begin().job
    assert reserved(world) == {f"open#owner#{ANN.owner}": canceled.reserved_micros + made.reserved_micros}

    world.cancel(canceled.id, caller=ANN)
    world.run(made.id)

    assert reserved(world) == {f"open#owner#{ANN.owner}": 0}


def test_a_job_begun_by_a_release_without_shares_ends_as_before(world: World) -> None:
    job = world.begin().job
    bare = tuple(one.model_copy(update={"accounts": ()}) for one in job.reservations)
    world.store.save(job, job.moved(reservations=bare))

    world.run(job.id)

    assert world.budget_folds()


def test_a_job_that_alone_is_above_the_share_is_told_what_to_ask_for(world: World) -> None:
    world.allowing(daily_cap_micros=8 * worst(world))

    with pytest.raises(InvalidRequest, match="fewer images"):
        world.begin(n=3)

    assert world.available() == 100


def test_the_free_pool_has_a_share_of_its_own_and_who_paid_goes_on_with_what_was_paid_for(world: World) -> None:
    one = worst(world)
    world.allowing(welcome_credits=50, free_cap_micros=4 * one, jobs_in_flight=99)

    pools = [world.begin().job.reservations[0].pool for _ in range(3)]

    assert pools == ["free", "main", "main"]
    assert world.begin(BOB).job.reservations[0].pool == "free"
    with pytest.raises(TooManyJobsInFlight, match="their share"):
        world.begin(BOB)


def test_anonymous_callers_leave_part_of_the_free_cap_to_those_who_signed_in(world: World) -> None:
    world.allowing(**ANONYMOUS, welcome_credits=50, free_cap_micros=4 * worst(world))
    world.begin(NOBODY)
    world.begin(NOBODY)

    with pytest.raises(TooManyJobsInFlight, match="without signing in"):
        world.begin(NOBODY)
    assert world.begin(BOB).job.reservations[0].pool == "free"


def test_one_address_does_not_shut_the_others_out(world: World) -> None:
    world.allowing(**ANONYMOUS, free_cap_micros=20 * worst(world))
    world.begin(replace(NOBODY, address=HOME))

    with pytest.raises(TooManyJobsInFlight, match="this address"):
        world.begin(replace(NOBODY, address=HOME))
    world.begin(replace(NOBODY, address=AWAY))


def test_one_address_has_a_share_of_the_anonymous_ration_of_a_day(world: World) -> None:
    world.allowing(**(ANONYMOUS | {"anonymous_daily_credits": 120}))
    for _ in range(2):
        world.run(world.begin(replace(NOBODY, address=HOME)).job.id)

    with pytest.raises(DailyLimitReached, match="one address") as refusal:
        world.begin(replace(NOBODY, address=HOME))

    assert refusal.value.retry_after_seconds == 12 * 3600 - world.clock.now() // 1000 % (12 * 3600)
    world.begin(replace(NOBODY, address=AWAY))
    world.clock.forward(12 * 3600)
    world.begin(replace(NOBODY, address=HOME))


def test_an_addresss_share_that_was_not_charged_is_given_back_the_same_day(world: World) -> None:
    world.allowing(**(ANONYMOUS | {"anonymous_daily_credits": 60}))
    world.begin(replace(NOBODY, address=HOME))
    world.reconciled(world.clocks.deadline + 600)  # nobody made it

    world.begin(replace(NOBODY, address=HOME))


def test_what_a_job_keeps_of_an_address_is_another_hash_each_day_and_never_the_address(world: World) -> None:
    world.allowing(**ANONYMOUS)
    kept = []
    for _ in range(2):
        kept.append(world.begin(replace(NOBODY, address=HOME)).job.reservations[0].accounts)
        world.clock.forward(24 * 3600)

    assert kept[0] != kept[1]
    assert HOME not in str(world.dynamodb.scan(TableName="jobs")["Items"])


def test_a_cap_that_is_only_reserved_is_worth_a_minute_and_a_spent_one_midnight(world: World) -> None:
    world.allowing(daily_cap_micros=worst(world) + 1, owner_share_percent=100)
    first = world.begin().job

    with pytest.raises(SpendingPaused, match="try again in a minute") as busy:
        world.begin()
    world.run(first.id)
    world.allowing(daily_cap_micros=world.job(first.id).cost_micros() + 1)
    with pytest.raises(SpendingPaused, match="midnight") as over:
        world.begin()

    assert (busy.value.retry_after_seconds, over.value.retry_after_seconds) == (60, 3600)


@pytest.mark.parametrize("lot", range(10))
def test_of_many_starts_at_once_no_more_are_held_than_an_owners_share_takes(lot: int) -> None:
    stage = Stage(Setting(policy=Policy(jobs_in_flight=99)))
    stage.give(200)
    micros = stage.world.begin().job.reserved_micros
    stage.world.allowing(daily_cap_micros=12 * micros)  # a share of three, one of which is taken

    def start(_payload: dict[str, Any]) -> str:
        return stage.world.start(a_job_request({"prompt": "a lamp"}), caller=ANN, key=None).job.id

    stage.region.functions["begin"] = start
    asking = [stage.region.spawn("begin", {}) for _ in range(5)]
    mix(stage.region, asking, random.Random(lot))  # noqa: S311 - the same lot every time

    assert [actor.error for actor in asking if actor.error and not isinstance(actor.error, CallerError)] == []
    assert len({actor.answer for actor in asking if actor.answer}) == 2
    row = stage.region.dynamodb.tables["limits"].get((f"open#owner#{ANN.owner}", "2026-10-28#main"))
    assert row is not None
    assert int(row["reserved"]["N"]) == 3 * micros


def test_one_address_does_not_take_every_place_of_those_who_have_not_signed_in(world: World) -> None:
    world.allowing(**ANONYMOUS, anonymous_in_flight=20)
    first = world.begin(replace(NOBODY, address=HOME)).job
    world.begin(replace(NOBODY, address=HOME))

    with pytest.raises(TooManyJobsInFlight, match="this address"):
        world.begin(replace(NOBODY, address=HOME))
    world.begin(replace(NOBODY, address=AWAY))
    world.run(first.id)

    world.begin(replace(NOBODY, address=HOME))


def test_a_job_of_an_earlier_release_gives_no_place_back_that_it_never_took(world: World) -> None:
    world.allowing(**ANONYMOUS, anonymous_in_flight=10)
    job = world.begin(replace(NOBODY, address=HOME)).job
    (one,) = job.reservations
    world.store.save(job, job.moved(reservations=(one.model_copy(update={"jobs": 0}),)))
    world.run(job.id)

    rows = world.dynamodb.scan(TableName="limits")["Items"]
    assert [int(row["unfinished"]["N"]) for row in rows if "unfinished" in row] == [1]


def test_what_a_second_attempt_reserves_counts_towards_its_owners_share_until_the_job_ends(world: World) -> None:
    world.providers["openai"].script = [dies]
    job_id = world.begin().job.id
    with pytest.raises(WorkerDied):
        world.attempt(job_id, crashes=0, dead=-1)
    world.providers["openai"].script = [dies]
    with pytest.raises(WorkerDied):
        world.attempt(job_id, crashes=1, dead=0)
    job = world.job(job_id)

    assert len(job.reservations) == 2
    assert reserved(world) == {f"open#owner#{ANN.owner}": job.reserved_micros}
    world.reconciled(world.clocks.deadline + 300)

    assert reserved(world) == {f"open#owner#{ANN.owner}": 0}
    assert world.budget_folds()
