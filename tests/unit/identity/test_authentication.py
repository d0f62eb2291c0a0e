from typing import Any

import pytest

from easel.errors import Unauthenticated
from easel.identity.callers import USER_SCOPES, Caller
from tests.support.fakes import NOON
from tests.support.identity_desk import COGNITO, EC, ED, NOW, RSA, Desk, token


def test_a_good_token_is_its_subject_of_its_issuer(desk: Desk) -> None:
    found = desk.bearer(token())

    assert found.error is None
    expected = Caller(owner="user:accounts:ann", scopes=USER_SCOPES, expires_at=NOON + 300_000)
    assert found.caller == expected


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (EC, {"alg": "ES256", "kid": "ec1"}),
        (ED, {"alg": "EdDSA", "kid": "ed1"}),
        (EC, {"alg": "ES256", "kid": None}),
        (RSA, {"typ": None}),
        (RSA, {"typ": "at+jwt"}),
        (RSA, {"cat": "cl_B7d4PD111AAA"}),  # Clerk's
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_each_allowed_algorithm_is_verified(desk: Desk, key: Any, header: dict[str, Any]) -> None:
    assert desk.bearer(token(key, header)).error is None


def test_the_scheme_is_read_in_any_case_and_space(desk: Desk) -> None:
    assert desk.find(f"bearer   {token()} ").error is None


def test_an_audience_may_be_one_of_several(desk: Desk) -> None:
    assert desk.bearer(token(aud=["other", "easel"])).error is None


def test_an_issuer_may_have_another_claim_for_its_audience(desk: Desk) -> None:
    good: dict[str, Any] = {"iss": COGNITO.issuer, "aud": None, "client_id": "client1", "token_use": "access"}

    assert desk.bearer(token(**good)).caller.owner == "user:pool:ann"
    assert desk.bearer(token(**{**good, "client_id": "other"})).error
    assert desk.bearer(token(**{**good, "client_id": None, "aud": "client1"})).error
    assert desk.bearer(token(**{**good, "token_use": "id"})).error
    assert desk.bearer(token(**{**good, "token_use": None})).error


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"exp": NOW - 60}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": "soon"}, "not numbers"),
        ({"exp": True}, "not numbers"),
        ({"nbf": NOW + 61}, "not valid yet"),
        ({"iat": NOW + 61}, "not valid yet"),
        ({"iat": "now"}, "not numbers"),
        ({"exp": float("inf")}, "not numbers"),
        ({"exp": float("nan")}, "not numbers"),
        ({"nbf": -1}, "not numbers"),
        ({"aud": "another"}, "another audience"),
        ({"aud": ["another"]}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": "easel2"}, "another audience"),
        ({"iss": "https://id.example"}, "not trusted"),
        ({"iss": "https://evil.example/"}, "not trusted"),
        ({"iss": None}, "not trusted"),
        ({"sub": None}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": 7}, "subject"),
        ({"sub": "a b"}, "subject"),
        ({"sub": "x" * 256}, "subject"),
    ],
)
def test_claims_that_do_not_hold_are_refused(desk: Desk, changes: dict[str, Any], says: str) -> None:
    found = desk.bearer(token(**changes))

    assert isinstance(found.error, Unauthenticated)
    assert says in found.error.detail
    assert found.caller.anonymous
    assert not found.caller.scopes


def test_clocks_may_differ_by_a_minute(desk: Desk) -> None:
    assert desk.bearer(token(exp=NOW - 59)).error is None
    assert desk.bearer(token(nbf=NOW + 59, iat=NOW + 59)).error is None


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "token abc", "Bearer a, Bearer b"])
def test_a_header_that_is_no_bearer_is_refused_and_not_taken_for_nobody(desk: Desk, header: str) -> None:
    assert isinstance(desk.find(header).error, Unauthenticated)


def test_nobody_has_the_scopes_that_the_stage_gives_strangers() -> None:
    closed, opened = Desk(), Desk(anonymous_scopes=frozenset({"generate", "read"}))

    assert closed.find(None).caller == Caller(owner="anonymous", scopes=frozenset({"read"}))
    assert opened.find(None).caller.scopes == {"generate", "read"}
