"""API keys as credentials."""

import pytest

from easel.errors import Busy, Unauthenticated
from easel.identity.api_keys import ApiKey, digest
from easel.identity.authentication import Authenticated
from easel.identity.callers import Caller
from tests.support.fakes import NOON
from tests.support.identity_desk import SECRET, Desk, a_key


def test_an_api_key_is_its_account_with_its_scopes(desk: Desk) -> None:
    desk.table.keys["k2345678"] = a_key(expires_at=NOON + 1)

    found = desk.bearer(f"easel_k2345678_{SECRET}")

    may = frozenset({"generate", "grant"})
    expected = Caller(owner="service:shop", scopes=may, account="shop", key_id="k2345678", expires_at=NOON + 1)
    assert found == Authenticated(expected)


def test_a_keys_own_daily_limit_goes_with_its_caller(desk: Desk) -> None:
    desk.table.keys["k2345678"] = a_key(daily_credits=40)

    assert desk.bearer(f"easel_k2345678_{SECRET}").caller.daily_credits == 40


def test_both_secrets_open_a_key_while_it_is_rotated_and_then_the_newer_alone(desk: Desk) -> None:
    older = "O" * 40
    desk.table.keys["k2345678"] = a_key(older_hash=digest(older), older_until=NOON + 1000)

    assert desk.bearer(f"easel_k2345678_{SECRET}").error is None
    assert desk.bearer(f"easel_k2345678_{older}").error is None

    desk.clock.forward(1)
    assert desk.bearer(f"easel_k2345678_{SECRET}").error is None
    assert isinstance(desk.bearer(f"easel_k2345678_{older}").error, Unauthenticated)


@pytest.mark.parametrize(
    ("written", "key", "says"),
    [
        (f"easel_k2345678_{'T' * 40}", a_key(), "not known"),
        (f"easel_k9999999_{SECRET}", a_key(), "not known"),
        ("easel_k2345678", a_key(), "not written like ours"),
        (f"easel_K2345678_{SECRET}", a_key(), "not written like ours"),
        (f"easel_k2345678_{SECRET}é", a_key(), "not written like ours"),
        (f"easel_k2345678_{SECRET}", a_key(expires_at=NOON), "expired or was revoked"),
        (f"easel_k2345678_{SECRET}", a_key(revoked_at=NOON - 1), "expired or was revoked"),
    ],
)
def test_an_api_key_that_does_not_hold_is_refused(desk: Desk, written: str, key: ApiKey, says: str) -> None:
    desk.table.keys["k2345678"] = key

    found = desk.bearer(written)

    assert isinstance(found.error, Unauthenticated)
    assert says in found.error.detail


def test_a_wrong_secret_is_not_told_whether_the_key_is_revoked(desk: Desk) -> None:
    desk.table.keys["k2345678"] = a_key(revoked_at=NOON)

    found = desk.bearer(f"easel_k2345678_{'T' * 40}")

    assert found.error
    assert "revoked" not in found.error.detail


def test_a_key_table_out_of_reach_is_our_trouble(desk: Desk) -> None:
    desk.table.down = True

    assert isinstance(desk.bearer(f"easel_k2345678_{SECRET}").error, Busy)
