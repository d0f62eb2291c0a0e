"""Whose job a hold finds, from which pool it is paid, and under whose limits."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from easel.aws.dynamodb import Contended, Database, Write
from easel.clock import SECOND
from easel.credits.requests import GrantRequest
from easel.errors import Busy, CallerError, SpendingPaused, TooManyJobsInFlight
from easel.jobs.model import Job
from easel.submission.start import Start
from tests.support.requests import a_job_request
from tests.support.world import ANN, BOB, NOBODY, World


class Contested(Database):
    """Gives up on each commit, after something else has happened."""

    def __init__(self, world: World, before: Callable[[], object]) -> None:
        super().__init__(world.dynamodb, world.clock)
        self.before = before

    def commit(self, writes: Sequence[Write], *, token: str, until: int) -> bool:
        self.before()
        raise Contended("busy")


def contested(world: World, before: Callable[[], object]) -> Start:
    return replace(world.start, hold=replace(world.hold, database=Contested(world, before)))


def test_another_calls_job_of_the_same_key_is_a_replay_and_not_ones_own(quick_world: World) -> None:
    first: list[Job] = []
    start = contested(quick_world, lambda: first.append(quick_world.begin(key="k").job))

    started = start(a_job_request({"prompt": "a lamp"}), caller=ANN, key="k")

    assert started.replayed
    assert started.job == first[0]
    assert quick_world.available() == 94


def test_nothing_is_held_is_said_only_where_a_read_shows_it(quick_world: World) -> None:
    start = contested(quick_world, lambda: None)

    with pytest.raises(Busy, match="Nothing was held"):
        start(a_job_request({"prompt": "a lamp"}), caller=ANN, key="k")
    assert quick_world.available() == 100


def given_away(world: World, amount: int) -> None:
    ask = GrantRequest.model_validate({"amount": amount, "kind": "promotional"})
    world.accounts.grant(ask, owner=ANN.owner, key=f"gift-{amount}", by="t")


@pytest.mark.parametrize(("gift", "pool"), [(0, "main"), (2, "free"), (6, "free")])
def test_a_hold_that_spends_any_gift_is_counted_as_given_away(quick_world: World, gift: int, pool: str) -> None:
    if gift:
        given_away(quick_world, gift)

    [reservation] = quick_world.job(quick_world.begin().job.id).reservations

    assert reservation.pool == pool


def test_what_anonymous_callers_make_is_given_away(quick_world: World) -> None:
    world = quick_world.allowing(anonymous_daily_credits=100)

    [reservation] = world.job(world.begin(caller=NOBODY).job.id).reservations

    assert reservation.pool == "free"


def test_where_gifts_are_used_up_for_today_an_owner_spends_what_it_bought_and_an_anonymous_caller_is_refused(
    quick_world: World,
) -> None:
    given_away(quick_world, 50)
    world = quick_world.allowing(anonymous_daily_credits=100, free_cap_micros=0)

    [reservation] = world.job(world.begin().job.id).reservations

    assert reservation.pool == "main"
    with pytest.raises(SpendingPaused):
        world.begin(caller=NOBODY)


def test_anonymous_callers_never_spend_bought_credits_when_gifts_are_used_up(quick_world: World) -> None:
    world = quick_world.allowing(anonymous_daily_credits=100, free_cap_micros=0)
    ask = GrantRequest.model_validate({"amount": 50})
    world.accounts.grant(ask, owner=NOBODY.owner, key="k", by="t")  # no door allows it

    with pytest.raises(SpendingPaused):
        world.begin(caller=NOBODY)
    assert world.ledger.balance(NOBODY.owner).held == 0


def many(world: World, count: int, *, anonymous: bool) -> CallerError | None:
    for _ in range(count):
        try:
            world.begin(caller=NOBODY if anonymous else ANN)
        except TooManyJobsInFlight as refused:
            return refused
        except CallerError as refused:
            return refused
    return None


def test_owners_and_anonymous_callers_each_have_their_own_number_of_jobs_at_once(quick_world: World) -> None:
    world = quick_world.allowing(jobs_in_flight=3, anonymous_in_flight=2, anonymous_daily_credits=100)

    assert many(world, 3, anonymous=False) is None
    assert isinstance(many(world, 1, anonymous=False), TooManyJobsInFlight)
    assert many(world, 2, anonymous=True) is None
    assert many(world, 1, anonymous=True) is not None


def test_one_key_of_two_owners_leads_to_two_jobs(quick_world: World) -> None:
    quick_world.give(BOB)

    assert quick_world.begin(key="k").job.id != quick_world.begin(caller=BOB, key="k").job.id


def test_a_key_without_an_owner_is_refused(quick_world: World) -> None:
    with pytest.raises(CallerError) as refused:
        quick_world.allowing(anonymous_daily_credits=100).begin(caller=NOBODY, key="k")
    assert [field for field, _ in refused.value.errors] == ["Idempotency-Key"]


def test_a_hold_is_tried_until_the_time_for_contention(quick_world: World) -> None:
    untils: list[int] = []

    class Asked(Database):
        def commit(self, writes: Sequence[Write], *, token: str, until: int) -> bool:
            untils.append(until)
            return super().commit(writes, token=token, until=until)

    database = Asked(quick_world.dynamodb, quick_world.clock)
    start = replace(quick_world.start, hold=replace(quick_world.hold, database=database))

    start(a_job_request({"prompt": "a lamp"}), caller=ANN, key=None)

    assert set(untils) == {quick_world.clock.now() + 10 * SECOND}
