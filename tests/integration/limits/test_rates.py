"""How often and for how much a caller may start jobs, and who stops everybody at once."""

from dataclasses import replace
from typing import Any

import pytest

from easel.clock import DAY, MINUTE
from easel.errors import DailyLimitReached, RateLimited, SpendingPaused, TooManyJobsInFlight
from easel.identity.callers import Caller
from easel.jobs.model import Status
from easel.limits.kill_switch import ADDRESS
from easel.providers.errors import ProviderUnavailable
from tests.support.fakes import FakeProvider
from tests.support.world import ANN, BOB, NOBODY, World

HOME = "203.0.113.7"
SHOP = Caller(owner="service:shop", scopes=ANN.scopes, account="shop", key_id="k1")


def pause(world: World, *, paused: bool) -> None:
    pk, sk = ADDRESS
    world.dynamodb.put_item(TableName="limits", Item={"pk": {"S": pk}, "sk": {"S": sk}, "paused": {"BOOL": paused}})


def start(world: World, caller: Caller, times: int = 1) -> None:
    for _ in range(times):
        world.limits.admit(caller)


def test_an_address_may_start_so_many_a_minute_and_is_told_when_to_come_back(world: World) -> None:
    world.allowing(address_per_minute=2)
    start(world, replace(ANN, address=HOME), times=2)

    with pytest.raises(RateLimited) as refusal:
        start(world, replace(BOB, address=HOME))
    assert refusal.value.retry_after_seconds == 60
    start(world, replace(BOB, address="203.0.113.8"))
    world.clock.forward(60)
    start(world, replace(BOB, address=HOME))


def test_a_whole_ipv6_network_is_one_address(world: World) -> None:
    world.allowing(address_per_minute=1)
    start(world, replace(NOBODY, address="2001:db8:1:2::1"))

    with pytest.raises(RateLimited):
        start(world, replace(NOBODY, address="2001:db8:1:2:ffff::9"))
    start(world, replace(NOBODY, address="2001:db8:1:3::1"))


def test_an_owner_is_limited_wherever_it_comes_from(world: World) -> None:
    world.allowing(owner_per_minute=1)
    start(world, replace(ANN, address=HOME))

    with pytest.raises(RateLimited):
        start(world, replace(ANN, address="198.51.100.1"))
    start(world, BOB)


def test_a_services_own_address_is_not_held_against_it(world: World) -> None:
    world.allowing(address_per_minute=1, service_per_minute=3)

    start(world, replace(SHOP, address=HOME), times=3)
    with pytest.raises(RateLimited):
        start(world, replace(SHOP, address=HOME))


def test_no_address_is_stored(world: World) -> None:
    start(world, replace(ANN, address=HOME))

    assert HOME not in str(world.dynamodb.scan(TableName="limits")["Items"])


def test_refusals_by_a_limit_say_whom_to_ask(world: World) -> None:
    world.allowing(owner_per_minute=1, contact="ops@example.com")
    start(world, ANN)

    with pytest.raises(RateLimited, match=r"ask ops@example\.com"):
        start(world, ANN)


def test_an_owners_day_is_limited_until_midnight(world: World) -> None:
    world.allowing(owner_daily_credits=11)
    world.run(world.begin().job.id)

    with pytest.raises(DailyLimitReached) as refusal:
        world.begin()
    assert refusal.value.retry_after_seconds == 12 * 3600 - world.clock.now() % DAY // 1000 % (12 * 3600)
    assert world.available() == 94
    world.clock.forward(DAY // 1000)
    assert world.begin().job.held == 6


def test_what_a_job_gave_back_may_be_spent_again_the_same_day(world: World) -> None:
    world.allowing(owner_daily_credits=6)
    world.providers = {name: FakeProvider(*[ProviderUnavailable("500")] * 9) for name in world.providers}
    world.allowing()
    failed = world.run(world.begin().job.id)

    assert failed.charged == 0
    assert world.begin().job.held == 6


def test_a_keys_day_is_limited_whoever_it_acts_for(world: World) -> None:
    by_key: dict[str, Any] = {"account": "shop", "key_id": "k1", "daily_credits": 11}
    world.give(BOB)
    world.begin(replace(ANN, **by_key))

    with pytest.raises(DailyLimitReached, match="API key may spend 11"):
        world.begin(replace(BOB, **by_key))
    assert world.begin(BOB).job.held == 6


def test_the_kill_switch_stops_new_holds_within_two_seconds_and_lets_running_jobs_finish(world: World) -> None:
    world.providers["openai"] = FakeProvider(ProviderUnavailable("500", paid=True))
    running = world.begin().job
    pause(world, paused=True)
    world.clock.forward(2)

    with pytest.raises(SpendingPaused) as refusal:
        world.begin()
    assert refusal.value.retry_after_seconds
    assert world.available() == 94
    assert world.run(running.id).status is Status.SUCCEEDED


def test_the_kill_switch_is_taken_back_as_quickly(world: World) -> None:
    pause(world, paused=True)
    with pytest.raises(SpendingPaused):
        world.begin()
    pause(world, paused=False)

    world.clock.forward(2)

    assert world.begin().job.held == 6


def test_a_replay_is_answered_whatever_the_limits_say(world: World) -> None:
    world.allowing(owner_per_minute=1)
    world.begin(key="k")
    pause(world, paused=True)
    world.clock.forward(MINUTE // 1000)

    assert world.begin(key="k").replayed


def test_strangers_who_used_up_the_days_ration_are_told_when_there_is_more(world: World) -> None:
    world.allowing(anonymous=True, anonymous_daily_credits=6)
    world.begin(NOBODY)

    with pytest.raises(DailyLimitReached) as refusal:
        world.begin(NOBODY)
    assert refusal.value.retry_after_seconds == 12 * 3600
    world.clock.forward(12 * 3600)
    assert world.begin(NOBODY).job.held == 6


def test_strangers_are_not_one_owner_to_the_limit_of_jobs_in_flight(world: World) -> None:
    world.allowing(anonymous=True, anonymous_daily_credits=600, jobs_in_flight=1, anonymous_in_flight=2)
    for _ in range(2):
        world.begin(NOBODY)

    with pytest.raises(TooManyJobsInFlight, match="without signing in"):
        world.begin(NOBODY)

    assert world.ledger.balance(NOBODY.owner).in_flight == 2
    assert world.begin(ANN).job.held == 6
