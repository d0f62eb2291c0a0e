"""Credits by configuration: to whom they are due, on what terms, and that they are given once."""

from typing import Any

import pytest

from easel.credits import recurring
from easel.credits.model import Balance, Grant
from easel.credits.recurring import grant_what_is_due
from easel.policy import Policy
from tests.support.fakes import NOON

POLICY = Policy(welcome_credits=10, monthly_credits=20, anonymous_daily_credits=30)
MIDNIGHT, NOVEMBER = 1_793_232_000_000, 1_793_491_200_000  # the ends of 2026-10-28 and of that month


def due(owner: str, policy: Policy = POLICY) -> Balance:
    return grant_what_is_due(Balance(owner=owner), policy, now=NOON).after


def test_anonymous_callers_share_a_ration_that_ends_with_the_day() -> None:
    balance = due("anonymous")

    ration = Grant(id="daily:2026-10-28", kind="promotional", amount=30, expires_at=MIDNIGHT, created_at=NOON)
    assert balance.grants == (ration,)
    assert balance.given == {"daily": "2026-10-28"}


def test_a_person_has_a_welcome_for_good_and_a_months_credits_until_its_end() -> None:
    balance = due("user:main:ann")

    welcome = Grant(id="welcome", kind="promotional", amount=10, created_at=NOON)
    monthly = Grant(id="monthly:2026-10", kind="promotional", amount=20, expires_at=NOVEMBER, created_at=NOON)
    assert balance.grants == (monthly, welcome)  # as they are spent
    assert balance.given == {"welcome": "once", "monthly": "2026-10"}
    assert [balance.available, balance.granted, balance.seq, balance.version] == [30, -30, 2, 1]


def test_a_welcome_that_was_given_is_not_given_again_beside_a_new_month() -> None:
    first = due("user:main:ann")

    again = grant_what_is_due(first, POLICY, now=NOVEMBER)

    assert [entry.kind for entry in again.entries] == ["expire", "grant"]
    assert again.after.given == {"welcome": "once", "monthly": "2026-11"}


@pytest.mark.parametrize("owner", ["user:main:ann", "anonymous"])
def test_what_was_given_or_is_nothing_is_not_even_made(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = due(owner)
    made: list[str] = []

    def make(**terms: Any) -> Grant:
        made.append(terms["id"])
        return Grant(**terms)

    monkeypatch.setattr(recurring, "Grant", make)

    assert grant_what_is_due(given, POLICY, now=NOON).entries == ()
    assert due(owner, Policy(welcome_credits=0, monthly_credits=0, anonymous_daily_credits=0)).grants == ()
    assert made == []
    assert due(owner).grants == given.grants
    assert sorted(made) == sorted(grant.id for grant in given.grants)


@pytest.mark.parametrize("owner", ["user:main:ann", "anonymous"])
def test_a_clock_that_goes_back_a_month_gives_nothing_twice(owner: str) -> None:
    later = grant_what_is_due(Balance(owner=owner), POLICY, now=NOVEMBER).after

    assert grant_what_is_due(later, POLICY, now=NOON).entries == ()


@pytest.mark.parametrize("owner", ["service:shop", "anonymously:x"])
def test_nobody_else_is_given_anything(owner: str) -> None:
    assert due(owner).grants == ()


def test_what_is_not_configured_is_not_given() -> None:
    assert due("user:main:ann", Policy(welcome_credits=0, monthly_credits=0)).seq == 0
