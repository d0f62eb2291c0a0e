"""What an owner sees of its ledger."""

from typing import Any

import pytest

from easel.credits.accounts import Granted
from easel.credits.ledger import Entries
from easel.credits.model import Balance, Entry
from easel.credits.views import balance, entries, granted, shown_by
from tests.support.builders import a_gift
from tests.support.fakes import NOON


@pytest.mark.parametrize(
    ("by", "shown"),
    [
        ("command:arn:aws:sts::123456789012:assumed-role/admin/ann", "command"),
        ("command", "command"),
        ("key:k1", "key:k1"),
        ("easel:welcome", "easel:welcome"),
        (None, None),
    ],
)
def test_an_owner_is_not_told_which_operator_moved_its_credits(by: str | None, shown: str | None) -> None:
    assert shown_by(by) == shown


def test_a_balance_is_shown_with_its_grants_and_where_to_buy_more() -> None:
    found = Balance(owner="o", available=9, held=6, grants=(a_gift(4, id="a", expires_at=NOON + 1), a_gift(5, id="b")))

    shown = {"kind": "paid", "createdAt": "2026-10-28T12:00:00.000Z"}
    assert balance(found, buy_url="https://shop.example") == {
        "available": 9,
        "held": 6,
        "grants": [
            {"grantId": "a", "amount": 4, "expiresAt": "2026-10-28T12:00:00.001Z", **shown},
            {"grantId": "b", "amount": 5, **shown},
        ],
        "buyUrl": "https://shop.example",
    }


@pytest.mark.parametrize(("count", "shown", "more"), [(100, 100, None), (103, 100, 3)])
def test_of_very_many_grants_the_rest_is_counted(count: int, shown: int, more: int | None) -> None:
    grants = tuple(a_gift(1, id=str(number)) for number in range(count))

    answer = balance(Balance(owner="o", available=count, grants=grants), buy_url=None)

    assert (len(answer["grants"]), answer.get("moreGrants")) == (shown, more)
    assert "buyUrl" not in answer


def an_entry(**fields: Any) -> Entry:
    return Entry(owner="o", seq=7, kind="settle", at=NOON, previous="p", **fields)


def test_an_entry_is_shown_with_what_it_moved_and_for_which_job() -> None:
    moved = an_entry(moves={"held": -6, "charged": 6, "available": 0}, job="j", by="command:arn")

    shown = {"seq": 7, "kind": "settle", "at": "2026-10-28T12:00:00.000Z", "moves": {"held": -6, "charged": 6}}
    assert entries(Entries((moved, an_entry(moves={"held": -6, "charged": 6})), 7)) == {
        "entries": [{**shown, "jobId": "j", "by": "command"}, shown],
        "cursor": "7",
    }
    assert entries(Entries((), None)) == {"entries": [], "cursor": None}


def test_a_movement_is_told_with_the_grant_or_the_job_that_it_is_about() -> None:
    made = {"owner": "o", "amount": 5, "available": 9}

    assert granted(Granted("o", 5, 9, replayed=False, grant_id="g")) == {**made, "grantId": "g"}
    assert granted(Granted("o", 5, 9, replayed=True, job_id="j")) == {**made, "jobId": "j"}
