"""What the ledger remembers of each movement: of whom, when, for which job, under which key, from which grants."""

from typing import Any

import pytest

from easel.clock import DAY
from easel.credits import balance as credits_balance
from easel.credits.balance import Charge, HoldTerms
from easel.credits.model import Balance, Entry, Grant
from easel.credits.movement import Movement, Posting, post, still
from easel.credits.spending import draw_of
from easel.errors import InsufficientCredits, InvalidRequest, TooManyJobsInFlight
from tests.support.builders import a_balance, a_gift, a_hold
from tests.support.fakes import NOON

GIFT = a_gift(10, id="gift", expires_at=NOON + DAY)


def told(entry: Entry) -> dict[str, Any]:
    """What an entry says, without its place in the chain and what it leaves empty."""
    fields = entry.model_dump(exclude={"owner", "seq", "hash", "previous", "grants"}, exclude_none=True)
    return {**fields, "grants": [(draw.grant_id, draw.amount) for draw in entry.grants]}


def test_a_grants_entry_names_who_gave_it_under_which_key() -> None:
    given = credits_balance.grant(a_balance(), GIFT, now=NOON + 1, by="key:shop", key="invoice")

    moves = {"granted": -10, "available": 10}
    [entry] = given.entries
    assert told(entry) == {
        "kind": "grant",
        "at": NOON + 1,
        "moves": moves,
        "by": "key:shop",
        "key": "invoice",
        "grants": [("gift", 10)],
    }


def test_an_expiry_is_an_entry_of_what_is_gone() -> None:
    [entry] = credits_balance.swept(a_balance(GIFT, a_gift(5, id="stays")), NOON + DAY).entries

    moves = {"available": -10, "expired": 10}
    assert told(entry) == {"kind": "expire", "at": NOON + DAY, "moves": moves, "grants": [("gift", 10)]}


def test_a_recurring_grant_is_an_entry_by_easel_under_its_period() -> None:
    given = credits_balance.give_once(still(a_balance()), "monthly", "2026-10", GIFT, now=NOON + 1)

    [entry] = given.entries
    assert (entry.by, entry.key, entry.at) == ("easel:monthly", "monthly:2026-10", NOON + 1)
    assert given.after.given == {"monthly": "2026-10"}
    assert given.before.version + 1 == given.after.version


def test_a_recurring_grant_of_nothing_is_no_movement() -> None:
    nothing = a_gift(0, id="welcome")

    assert not credits_balance.give_once(still(a_balance()), "welcome", "once", nothing, now=NOON).entries


def test_a_hold_its_settling_and_its_refund_name_the_job_and_the_grants() -> None:
    held = a_hold(a_balance(GIFT), 6, job_id="job7", now=NOON + 1)
    settled = credits_balance.settle(held.after, held.draws, 4, job_id="job7", now=NOON + 2)
    charge = Charge(job_id="job7", draws=held.draws, charged=4, refunded=0)
    refunded = credits_balance.refund(settled.after, charge, 1, now=NOON + 3, by="key:shop", key="back")

    [hold], [settle], [refund] = held.entries, settled.entries, refunded.entries
    assert told(hold) == {
        "kind": "hold",
        "at": NOON + 1,
        "moves": {"available": -6, "held": 6},
        "job": "job7",
        "grants": [("gift", 6)],
    }
    assert told(settle) == {
        "kind": "settle",
        "at": NOON + 2,
        "moves": {"held": -6, "charged": 4, "available": 2},
        "job": "job7",
        "grants": [("gift", 2)],
    }
    assert told(refund) == {
        "kind": "refund",
        "at": NOON + 3,
        "moves": {"charged": -1, "available": 1},
        "job": "job7",
        "by": "key:shop",
        "key": "back",
        "grants": [("gift", 1)],
    }


def test_an_adjustment_up_is_a_grant_of_its_own_beside_the_others() -> None:
    raised = credits_balance.adjust(a_balance(GIFT), 3, grant_id="mended", now=NOON + 1, by="ann", key="k")

    [entry] = raised.entries
    moves = {"adjusted": -3, "available": 3}
    assert told(entry) == {
        "kind": "adjust",
        "at": NOON + 1,
        "moves": moves,
        "by": "ann",
        "key": "k",
        "grants": [("mended", 3)],
    }
    assert raised.after.grants == (GIFT, Grant(id="mended", amount=3, created_at=NOON + 1))


def test_an_adjustment_down_takes_from_the_grants_in_their_order_up_to_the_last_credit() -> None:
    lowered = credits_balance.adjust(
        a_balance(a_gift(5, id="later"), GIFT), -12, grant_id="-", now=NOON, by="a", key="k"
    )

    assert [(draw.grant_id, draw.amount) for draw in lowered.entries[0].grants] == [("gift", 10), ("later", 2)]
    assert [(left.id, left.amount) for left in lowered.after.grants] == [("later", 3)]
    assert credits_balance.adjust(lowered.after, -3, grant_id="-", now=NOON, by="a", key="k").after.available == 0


def test_an_adjustment_below_zero_is_refused_with_both_numbers() -> None:
    with pytest.raises(InsufficientCredits) as refused:
        credits_balance.adjust(a_balance(GIFT), -11, grant_id="-", now=NOON, by="a", key="k")

    assert refused.value.facts == {"required": 11, "available": 10}


def test_one_credit_can_be_refunded() -> None:
    held = a_hold(a_balance(), 1)
    settled = credits_balance.settle(held.after, held.draws, 1, job_id="job1", now=NOON)
    charge = Charge(job_id="job1", draws=held.draws, charged=1, refunded=0)

    assert credits_balance.refund(settled.after, charge, 1, now=NOON, by="t", key="k").after.charged == 0


PAID_ONLY = HoldTerms(in_flight_max=8, paid_only=True, buy_url="https://shop.example")


def test_where_only_bought_credits_count_given_ones_are_neither_spent_nor_lost() -> None:
    balance = a_balance(a_gift(5, id="gift", kind="promotional"), a_gift(8, id="bought"))

    held = credits_balance.hold(still(balance), 6, PAID_ONLY, job_id="j", now=NOON)

    assert [(draw.grant_id, draw.amount) for draw in held.draws] == [("bought", 6)]
    assert [(grant.id, grant.amount) for grant in held.after.grants] == [("gift", 5), ("bought", 2)]
    with pytest.raises(InsufficientCredits) as refused:
        credits_balance.hold(still(balance), 9, PAID_ONLY, job_id="j", now=NOON)
    assert refused.value.facts == {"required": 9, "available": 8, "buyUrl": "https://shop.example"}


def test_all_credits_but_those_of_others_terms_can_be_held_at_once() -> None:
    assert credits_balance.hold(still(a_balance(GIFT)), 10, PAID_ONLY, job_id="j", now=NOON).after.available == 0


def test_one_job_too_many_is_refused_with_a_time_to_come_back() -> None:
    busy = a_balance().model_copy(update={"in_flight": 8})

    with pytest.raises(TooManyJobsInFlight) as refused:
        a_hold(busy, 6)
    assert refused.value.retry_after_seconds == 10
    assert a_hold(busy.model_copy(update={"in_flight": 7}), 6).after.in_flight == 8


def test_expired_terms_are_refused_by_the_name_of_their_field() -> None:
    with pytest.raises(InvalidRequest) as refused:
        credits_balance.grant(a_balance(), a_gift(1, expires_at=NOON), now=NOON, by="t")

    assert [field for field, _ in refused.value.errors] == ["expiresAt"]


def test_a_refund_that_finds_no_place_names_the_job() -> None:
    many = tuple(a_gift(1, id=f"g{day}", expires_at=NOON + day * DAY) for day in range(1, 501))
    crowded = Balance(owner="user:local:ann", available=500, charged=1, granted=-501, grants=many)
    draw = draw_of(a_gift(1, id="spent", priority=1), 1)
    charge = Charge(job_id="job1", draws=(draw,), charged=1, refunded=0)

    with pytest.raises(InvalidRequest) as refused:
        credits_balance.refund(crowded, charge, 1, now=NOON, by="t", key="k")
    assert [field for field, _ in refused.value.errors] == ["jobId"]
    with pytest.raises(InvalidRequest) as refused:
        credits_balance.grant(crowded, a_gift(1, id="more"), now=NOON, by="t")
    assert [field for field, _ in refused.value.errors] == ["expiresAt"]


def test_a_full_balance_takes_in_more_of_terms_that_it_has_also_while_jobs_are_open() -> None:
    many = tuple(a_gift(1, id=f"g{day}", expires_at=NOON + day * DAY) for day in range(1, 501))
    crowded = Balance(owner="user:local:ann", available=500, granted=-500, drawn=9, grants=many)

    same = credits_balance.grant(crowded, a_gift(3, id="same", expires_at=NOON + 7 * DAY), now=NOON, by="t")

    assert same.after.available == 503


def a_posting(**moves: int) -> Posting:
    return Posting(kind="adjust", at=NOON, moves=moves)


def test_an_entry_that_makes_or_loses_a_credit_is_a_bug() -> None:
    with pytest.raises(ValueError, match="does not sum to zero"):
        post(still(a_balance()), a_balance(), a_posting(available=1))


@pytest.mark.parametrize(
    ("balance", "moves"),
    [
        (a_balance(GIFT), {"available": -11, "adjusted": 11}),
        (a_balance(GIFT), {"held": -1, "charged": 1}),
        (a_balance(GIFT).model_copy(update={"in_flight": -1}), {"available": -1, "adjusted": 1}),
    ],
)
def test_an_entry_that_would_take_a_balance_below_zero_is_a_bug(balance: Balance, moves: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="below zero"):
        post(still(balance), balance, a_posting(**moves))


def test_a_movement_of_several_entries_is_one_version() -> None:
    balance = a_balance(a_gift(5, id="gone", expires_at=NOON + 1), GIFT)

    held = a_hold(balance, 6, now=NOON + 1)

    assert [entry.seq for entry in held.entries] == [3, 4]
    assert held.entries[1].previous == held.entries[0].hash
    assert (held.before, held.after.version, held.after.seq) == (balance, balance.version + 1, 4)
    assert held.after.head == held.entries[1].hash


def test_no_movement_has_no_entries() -> None:
    assert still(a_balance()) == Movement(before=a_balance(), after=a_balance(), entries=())


@pytest.mark.parametrize(
    "changed",
    [
        {"owner": "user:local:bob"},
        {"seq": 9},
        {"kind": "refund"},
        {"at": NOON + 1},
        {"moves": {"available": -1, "held": 1}},
        {"job": "other"},
        {"key": "other"},
        {"by": "other"},
        {"grants": ()},
        {"previous": "1" * 64},
    ],
)
def test_every_field_of_an_entry_is_in_its_hash(changed: dict[str, Any]) -> None:
    [entry] = a_hold(a_balance(GIFT), 6).entries

    assert entry.model_copy(update=changed).digest() != entry.hash


def test_an_entrys_hash_is_that_of_its_canonical_json() -> None:
    entry = Entry(owner="o", seq=1, kind="grant", at=NOON, moves={"b": 1, "a": -1}, previous="0" * 64)

    # what every stored ledger was chained with: SHA-256 of the sorted fields, the empty ones too
    assert entry.digest() == "a48efe0ae6cee5a3bb9a12391442ae718f19dd2c4e6cd7ab30361469b6b81f61"
