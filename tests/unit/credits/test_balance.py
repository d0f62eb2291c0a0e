"""The rules of credits, on the pure functions."""

from dataclasses import replace
from typing import Any

import pytest

from easel.clock import DAY
from easel.credits import balance as credits_balance
from easel.credits import spending
from easel.credits.balance import Charge
from easel.credits.model import Balance
from easel.credits.movement import still
from easel.credits.spending import EXPIRY_GRACE
from easel.errors import InsufficientCredits, InvalidRequest, TooManyJobsInFlight
from tests.support.builders import a_balance, a_gift, a_hold
from tests.support.fakes import NOON


def test_a_hold_sets_credits_aside() -> None:
    movement = a_hold(a_balance(), 6)

    assert (movement.after.available, movement.after.held, movement.after.in_flight) == (94, 6, 1)
    assert movement.entries[-1].moves == {"available": -6, "held": 6}


def test_too_few_credits_are_refused_with_both_numbers() -> None:
    with pytest.raises(InsufficientCredits) as refusal:
        a_hold(a_balance(a_gift(5)), 6)

    assert refusal.value.facts == {"required": 6, "available": 5}


def test_too_few_credits_are_told_before_too_many_jobs() -> None:
    broke = a_balance(a_gift(1)).model_copy(update={"in_flight": 8})

    with pytest.raises(InsufficientCredits):
        a_hold(broke, 6)
    with pytest.raises(TooManyJobsInFlight):
        a_hold(broke, 1)


def test_a_settled_hold_charges_some_and_gives_the_rest_back_in_one_entry() -> None:
    held = a_hold(a_balance(), 6)

    settled = credits_balance.settle(held.after, held.draws, 4, job_id="job1", now=NOON)

    assert (settled.after.available, settled.after.held, settled.after.charged) == (96, 0, 4)
    assert settled.entries[-1].moves == {"held": -6, "charged": 4, "available": 2}
    assert settled.after.in_flight == 0


@pytest.mark.parametrize("charge", [-1, 7])
def test_a_charge_outside_the_hold_is_a_bug(charge: int) -> None:
    held = a_hold(a_balance(), 6)

    with pytest.raises(ValueError, match="cannot charge"):
        credits_balance.settle(held.after, held.draws, charge, job_id="job1", now=NOON)


def test_credits_are_spent_by_priority_then_expiry_then_promotional_then_age() -> None:
    gifts = [
        a_gift(1, id="young", created_at=NOON + 5),
        a_gift(1, id="old"),
        a_gift(1, id="promotional", kind="promotional", created_at=NOON + 9),
        a_gift(1, id="expires", expires_at=NOON + DAY),
        a_gift(1, id="first", priority=1, created_at=NOON + 9),
    ]

    movement = a_hold(a_balance(*gifts), 5)

    assert [draw.grant_id for draw in movement.draws] == ["first", "expires", "promotional", "old", "young"]


def test_what_is_given_back_returns_to_its_grant_even_when_it_was_emptied() -> None:
    held = a_hold(a_balance(a_gift(6, id="promo", kind="promotional", priority=3)), 6)
    assert held.after.grants == ()

    back = credits_balance.settle(held.after, held.draws, 0, job_id="job1", now=NOON)

    [grant] = back.after.grants
    assert (grant.id, grant.kind, grant.priority, grant.amount) == ("promo", "promotional", 3, 6)


def test_expired_credits_leave_by_themselves_with_an_entry() -> None:
    balance = a_balance(a_gift(10, id="a", expires_at=NOON + 5), a_gift(20, id="b"))

    movement = a_hold(balance, 6, now=NOON + 5)

    assert [entry.kind for entry in movement.entries] == ["expire", "hold"]
    assert (movement.after.available, movement.after.expired) == (14, 10)


def test_credits_that_return_to_a_grant_which_expired_meanwhile_get_a_days_grace() -> None:
    held = a_hold(a_balance(a_gift(6, expires_at=NOON + 5)), 6)

    back = credits_balance.settle(held.after, held.draws, 0, job_id="job1", now=NOON + 10)

    assert credits_balance.swept(back.after, NOON + 10).after.available == 6
    assert credits_balance.swept(back.after, NOON + 10 + EXPIRY_GRACE).after.available == 0


def test_a_recurring_grant_is_given_once_a_period_whatever_the_clock_says() -> None:
    balance = Balance(owner="user:local:ann")
    for period in ("2026-10", "2026-10", "2026-11", "2026-10"):
        balance = credits_balance.give_once(still(balance), "monthly", period, a_gift(5, id=period), now=NOON).after

    assert balance.available == 10


def test_a_refund_returns_to_the_grants_that_were_spent_the_last_first() -> None:
    gifts = (a_gift(4, id="first", priority=1), a_gift(4, id="second", priority=2))
    held = a_hold(a_balance(*gifts), 6)
    charged = credits_balance.settle(held.after, held.draws, 6, job_id="job1", now=NOON).after
    charge = Charge(job_id="job1", draws=held.draws, charged=6, refunded=0)
    once = credits_balance.refund(charged, charge, 3, now=NOON, by="t", key="a")
    twice = credits_balance.refund(once.after, replace(charge, refunded=3), 3, now=NOON, by="t", key="b")

    assert [(draw.grant_id, draw.amount) for draw in once.entries[-1].grants] == [("second", 2), ("first", 1)]
    assert [(draw.grant_id, draw.amount) for draw in twice.entries[-1].grants] == [("first", 3)]
    assert (twice.after.available, twice.after.charged) == (8, 0)


@pytest.mark.parametrize(("refunded", "amount"), [(0, 7), (4, 3), (0, 0), (0, -1)])
def test_no_more_is_refunded_than_was_charged_and_not_yet_refunded(refunded: int, amount: int) -> None:
    held = a_hold(a_balance(), 6)
    charged = credits_balance.settle(held.after, held.draws, 6, job_id="job1", now=NOON).after
    charge = Charge(job_id="job1", draws=held.draws, charged=6, refunded=refunded)

    with pytest.raises(ValueError, match="cannot refund"):
        credits_balance.refund(charged, charge, amount, now=NOON, by="t", key="k")


def test_an_adjustment_goes_up_or_down_but_never_below_zero() -> None:
    up = credits_balance.adjust(a_balance(a_gift(5)), 10, grant_id="up", now=NOON, by="t", key="a")
    down = credits_balance.adjust(up.after, -12, grant_id="-", now=NOON, by="t", key="b")

    assert (down.after.available, down.after.adjusted) == (3, 2)
    with pytest.raises(InsufficientCredits):
        credits_balance.adjust(down.after, -4, grant_id="-", now=NOON, by="t", key="c")


def test_each_entry_carries_the_hash_of_the_one_before_and_the_balance_holds_the_head() -> None:
    held = a_hold(a_balance(), 6)
    settled = credits_balance.settle(held.after, held.draws, 6, job_id="job1", now=NOON)

    [hold], [settle] = held.entries, settled.entries
    assert settle.previous == hold.hash == hold.digest()
    assert settled.after.head == settle.hash == settle.digest()
    assert hold.model_copy(update={"at": NOON + 1}).digest() != hold.hash


def test_grants_of_other_terms_stay_apart() -> None:
    terms: list[dict[str, Any]] = [{}, {"kind": "promotional"}, {"priority": 3}, {"expires_at": NOON + DAY}]
    gifts = [a_gift(5, id=f"{letter}{index}", **term) for index, term in enumerate(terms) for letter in "abcdefgh"]

    merged = sorted((grant.id, grant.amount) for grant in spending.merged(gifts))

    assert merged == [(f"a{index}", 40) for index in range(len(terms))]


def test_a_few_grants_are_kept_each_by_itself() -> None:
    gifts = [a_gift(5, id=f"g{index}") for index in range(20)]

    assert len(a_balance(*gifts).grants) == 20


def test_credits_drawn_before_their_grant_was_merged_go_back_to_it() -> None:
    held = a_hold(a_balance(a_gift(6, id="first")), 6)
    later = held.after
    for number in range(30):
        later = credits_balance.grant(later, a_gift(1, id=f"second{number}"), now=NOON, by="t").after

    back = credits_balance.settle(later, held.draws, 4, job_id="job1", now=NOON).after

    assert sum(grant.amount for grant in back.grants) == back.available == 32
    charge = Charge(job_id="job1", draws=held.draws, charged=4, refunded=0)
    refunded = credits_balance.refund(back, charge, 4, now=NOON, by="t", key="k").after
    assert {(grant.kind, grant.priority, grant.expires_at) for grant in refunded.grants} == {("paid", 100, None)}
    assert sum(grant.amount for grant in refunded.grants) == refunded.available == 36


@pytest.mark.parametrize("expires_at", [0, NOON - 1, NOON, -62_135_596_800_000])
def test_credits_that_have_expired_already_are_not_given(expires_at: int) -> None:
    with pytest.raises(InvalidRequest, match="has passed; name a later time"):
        credits_balance.grant(a_balance(), a_gift(5, id="late", expires_at=expires_at), now=NOON, by="t")


def test_a_hold_of_an_earlier_release_settles_though_its_draws_were_not_counted() -> None:
    held = a_hold(a_balance(), 6)
    uncounted = held.after.model_copy(update={"drawn": 0})

    assert credits_balance.settle(uncounted, held.draws, 6, job_id="job1", now=NOON).after.drawn == 0
