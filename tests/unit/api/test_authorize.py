from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from api import authorize
from api.authorize import Authorize

from easel.clock import MINUTE
from easel.errors import Busy, Unauthenticated
from easel.identity import signed_context
from easel.identity.authentication import Authenticated, Credentials
from easel.identity.callers import Caller
from tests.support.fakes import NOON, FakeClock

SECRET = b"a signing secret of the tests"
SHOP = Caller(owner="service:shop", scopes=frozenset({"generate", "act_for"}), account="shop", key_id="k1")
NOBODY = Caller(owner="anonymous", scopes=frozenset())
METHOD = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/live/GET/api/credits"


@dataclass
class Desk:
    """An identity that finds what it is told to, and remembers the header it was shown."""

    found: Authenticated
    shown: list[str | None]
    all: Credentials = field(default_factory=Credentials)

    def __call__(self, shown: Credentials) -> Authenticated:
        self.shown.append(shown.authorization)
        self.all = shown
        return self.found


def answer(found: Authenticated, headers: dict[str, list[str]] | None = None) -> tuple[dict[str, Any], Desk]:
    desk: Any = Desk(found, [])
    event = {"type": "REQUEST", "methodArn": METHOD, "httpMethod": "GET", "multiValueHeaders": headers}
    return Authorize(desk, lambda: SECRET, FakeClock())(event), desk


def test_the_gateway_is_always_told_to_allow_this_one_method() -> None:
    told, _ = answer(Authenticated(NOBODY, Unauthenticated("The token has expired.")))

    assert told["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": METHOD}
    ]
    assert told["principalId"] == "anonymous"


def test_the_doors_are_told_who_it_is_in_strings_with_a_proof() -> None:
    told, _ = answer(Authenticated(SHOP))

    context = told["context"]
    assert all(isinstance(value, str) for value in context.values())
    assert (context["owner"], context["scopes"], context["account"], context["keyId"]) == (
        "service:shop",
        "act_for generate",
        "shop",
        "k1",
    )
    assert signed_context.verify(context, now=NOON, secret=SECRET)
    assert signed_context.caller_of(context) == SHOP


@pytest.mark.parametrize("error", [Unauthenticated("The token has expired."), Busy("Try again.")])
def test_the_doors_are_told_why_credentials_did_not_hold(error: Unauthenticated | Busy) -> None:
    told, _ = answer(Authenticated(NOBODY, error))

    assert (told["context"]["code"], told["context"]["problem"]) == (error.code, error.detail)


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        (None, None),
        ({}, None),
        ({"Accept": ["*/*"]}, None),
        ({"Authorization": ["Bearer a"]}, "Bearer a"),
        ({"authorization": ["Bearer a"]}, "Bearer a"),
        ({"Authorization": ["Bearer a", "Bearer b"]}, "Bearer a, Bearer b"),
        ({"Authorization": ["Bearer a"], "AUTHORIZATION": ["Bearer b"]}, "Bearer a, Bearer b"),
    ],
)
def test_the_header_is_found_in_any_case_and_two_of_them_are_not_chosen_among(
    headers: dict[str, list[str]] | None, shown: str | None
) -> None:
    _, desk = answer(Authenticated(NOBODY), headers)

    assert desk.shown == [shown]


def test_cookies_and_what_a_browser_says_of_itself_are_shown() -> None:
    sent = {"cookie": ["a=1", "b=2"], "Origin": ["https://a.example"], "sec-fetch-site": ["same-site", "none"]}

    _, desk = answer(Authenticated(NOBODY), sent)

    expected = Credentials(cookies=["a=1", "b=2"], method="GET", origin="https://a.example", site="same-site, none")
    assert desk.all == expected


@pytest.mark.parametrize("name", [*signed_context.FIELDS, "proof"])
def test_a_context_with_anything_changed_or_missing_does_not_hold(name: str) -> None:
    context = signed_context.sign(SHOP, now=NOON, secret=SECRET)

    assert not signed_context.verify({**context, name: context[name] + "1"}, now=NOON, secret=SECRET)
    assert not signed_context.verify({**context, name: 1}, now=NOON, secret=SECRET)
    assert not signed_context.verify({key: context[key] for key in context if key != name}, now=NOON, secret=SECRET)


def test_a_context_does_not_hold_for_longer_than_a_minute_or_under_another_secret() -> None:
    context = signed_context.sign(SHOP, now=NOON, secret=SECRET)

    assert signed_context.verify(context, now=NOON + MINUTE, secret=SECRET)
    assert not signed_context.verify(context, now=NOON + MINUTE + 1, secret=SECRET)
    assert not signed_context.verify(context, now=NOON - MINUTE - 1, secret=SECRET)
    assert not signed_context.verify(context, now=NOON, secret=b"another")


def test_fields_cannot_be_shifted_into_one_another() -> None:
    one = signed_context.sign(Caller(owner="user:a:b", scopes=frozenset(), account="c"), now=NOON, secret=SECRET)

    assert not signed_context.verify({**one, "owner": "user:a:bc", "account": ""}, now=NOON, secret=SECRET)


def test_lambda_calls_the_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    desk: Any = Desk(Authenticated(SHOP), [])
    monkeypatch.setattr(authorize, "deps", lambda: Authorize(desk, lambda: SECRET, FakeClock()))

    told = authorize.handler({"methodArn": METHOD}, SimpleNamespace())

    assert told["context"]["owner"] == "service:shop"


def test_strangers_may_generate_only_where_the_stage_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"STAGE": "test", "KEYS_TABLE": "keys", "ISSUERS": "[]", "SIGNING_SECRET": "signing"}
    environ["PUBLIC_URL"] = "https://images.example"
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    closed = authorize.deps.__wrapped__()
    monkeypatch.setenv("POLICY", '{"anonymous": true}')
    opened = authorize.deps.__wrapped__()

    assert closed.identity(Credentials()).caller.scopes == {"read", "erase"}
    assert opened.identity(Credentials()).caller.scopes == {"generate", "read", "erase"}
