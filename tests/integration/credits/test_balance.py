"""A balance of very many grants: it stays small, and nothing is lost on the way."""

import json
import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from easel.aws.rows import to_dynamodb
from easel.clock import DAY
from easel.credits import balance as credits_balance
from easel.credits import spending
from easel.credits.balance import GRANTS_MAX, Charge
from easel.credits.model import Balance, Draw
from easel.credits.movement import Movement, still
from easel.errors import InvalidRequest
from tests.support.builders import a_balance, a_gift, a_hold
from tests.support.fakes import NOON


def row_bytes(balance: Balance) -> int:
    """How large the balance's row is in DynamoDB, which takes 400 KB."""
    return len(json.dumps(to_dynamodb(balance.model_dump(mode="json", exclude_none=True))))


def test_purchases_of_equal_terms_are_one_grant_however_many_there_are() -> None:
    balance = Balance(owner="user:local:ann")
    for number in range(1_000):
        balance = credits_balance.grant(balance, a_gift(2, id=f"g{number:04}"), now=NOON, by="t").after

    assert balance.grants[0].id == "g0000"
    assert sum(grant.amount for grant in balance.grants) == balance.available == 2_000
    assert row_bytes(balance) < 4_000


def test_merging_changes_no_order_of_spending() -> None:
    lot = random.Random(7)  # noqa: S311 - the same lot every time
    for _ in range(200):
        gifts = [
            a_gift(
                lot.randint(1, 9),
                id=f"g{number}",
                kind=lot.choice(("paid", "promotional")),
                priority=lot.choice((1, 100)),
                expires_at=lot.choice((None, NOON + DAY, NOON + 2 * DAY)),
                created_at=NOON + lot.randint(0, 3),
            )
            for number in range(40)
        ]
        amount = lot.randint(1, sum(gift.amount for gift in gifts))

        apart, together = spending.take(gifts, amount)[1], spending.take(spending.merged(gifts), amount)[1]

        assert spent_terms(apart) == spent_terms(together)


def test_a_row_of_many_grants_that_an_earlier_release_wrote_shrinks_when_it_is_touched() -> None:
    gifts = tuple(a_gift(1, id=f"g{number:04}") for number in range(4_000))
    stored = Balance(owner="user:local:ann", available=4_000, granted=-4_000, grants=gifts)

    movement = a_hold(stored, 6)

    assert [(grant.id, grant.amount) for grant in movement.after.grants] == [("g0000", 3_994)]
    assert [(draw.grant_id, draw.amount) for draw in movement.draws] == [("g0000", 6)]
    assert row_bytes(movement.after) < 2_000


def test_purchases_that_each_last_a_year_are_kept_by_the_day_and_lose_no_hour() -> None:
    balance, year, bought = Balance(owner="service:shop"), 365 * DAY, 8 * 120
    for number in range(bought):
        now = NOON + number * DAY // 8
        gift = a_gift(1, id=str(number), created_at=now, expires_at=now + year)
        balance = credits_balance.grant(balance, gift, now=now, by="t").after

    assert balance.available == bought
    assert len(balance.grants) <= 122
    assert credits_balance.swept(balance, NOON + year - 1).after.available == bought
    assert credits_balance.swept(balance, NOON + year + DAY).after.available < bought
    assert row_bytes(balance) < 30_000


@cache
def full() -> Balance:
    """An owner of as many grants of different terms as there may be."""
    balance = Balance(owner="user:local:ann")
    for number in range(GRANTS_MAX):
        gift = a_gift(1, id=f"g{number}", expires_at=NOON + (number + 1) * DAY)
        balance = credits_balance.grant(balance, gift, now=NOON, by="t").after
    return balance


def test_a_grant_too_many_is_refused_with_its_remedy_and_equal_terms_are_taken_in() -> None:
    balance = full()

    with pytest.raises(InvalidRequest, match=r"500 unspent grants.*kind, priority and expiry of") as refused:
        credits_balance.grant(balance, a_gift(1, id="more"), now=NOON, by="t")

    assert refused.value.errors[0][0] == "expiresAt"
    same = a_gift(3, id="same", expires_at=NOON + 7 * DAY)
    assert credits_balance.grant(balance, same, now=NOON, by="t").after.available == GRANTS_MAX + 3
    assert credits_balance.give_once(still(balance), "monthly", "2026-10", a_gift(5, id="m"), now=NOON).entries


def test_what_open_jobs_hold_keeps_its_place_so_that_it_can_always_come_back() -> None:
    held = a_hold(full(), 300)
    assert len(held.after.grants) == 200

    with pytest.raises(InvalidRequest, match="open jobs drew from 300"):
        credits_balance.grant(held.after, a_gift(1, id="more"), now=NOON, by="t")

    back = credits_balance.settle(held.after, held.draws, 0, job_id="job1", now=NOON).after
    assert (len(back.grants), back.drawn) == (GRANTS_MAX, 0)
    assert row_bytes(back) < 100_000


def test_a_refund_that_would_be_a_grant_too_many_is_refused_and_none_of_it_is_lost() -> None:
    held = a_hold(a_balance(a_gift(6, id="promo", kind="promotional")), 6)
    charged = credits_balance.settle(held.after, held.draws, 6, job_id="job1", now=NOON).after
    crowded = charged.model_copy(update={"grants": full().grants, "available": GRANTS_MAX})
    charge = Charge(job_id="job1", draws=held.draws, charged=6, refunded=0)

    with pytest.raises(InvalidRequest, match="once some of these are spent"):
        credits_balance.refund(crowded, charge, 6, now=NOON, by="t", key="k")


def spent_terms(draws: tuple[Draw, ...]) -> list[tuple[str, int, int | None]]:
    """The terms of each credit in the order of spending."""
    return [(draw.kind, draw.priority, draw.expires_at) for draw in draws for _ in range(draw.amount)]


ACCOUNTS = ("available", "held", "charged", "granted", "expired", "adjusted")


def total(balance: Balance) -> int:
    return sum(getattr(balance, account) for account in ACCOUNTS)


Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(st.sampled_from(["grant", "hold", "settle", "time"]), st.integers(1, 40), st.integers(0, 40)), max_size=40
)


@given(steps)
@settings(max_examples=150, deadline=None)
def test_no_sequence_of_movements_loses_or_makes_a_credit(sequence: list[Step]) -> None:
    balance, now, open_holds = Balance(owner="user:local:ann"), NOON, list[Movement]()
    for index, (what, amount, other) in enumerate(sequence):
        if what == "grant":
            expires_at = now + other * DAY if other % 2 else None
            balance = credits_balance.grant(
                balance, a_gift(amount, id=str(index), expires_at=expires_at), now=now, by="t"
            ).after
        elif what == "hold" and credits_balance.swept(balance, now).after.available >= amount and balance.in_flight < 8:
            open_holds.append(a_hold(balance, amount, job_id=str(index), now=now))
            balance = open_holds[-1].after
        elif what == "settle" and open_holds:
            held = open_holds.pop(other % len(open_holds))
            charged = min(other, sum(draw.amount for draw in held.draws))
            balance = credits_balance.settle(balance, held.draws, charged, job_id="j", now=now).after
        elif what == "time":
            now += other * DAY

        assert total(balance) == 0
        assert balance.available == sum(grant.amount for grant in balance.grants) >= 0
        assert balance.held == sum(draw.amount for held in open_holds for draw in held.draws)
