"""Issuers' keys: when they are fetched, how long they are kept, what an outage does."""

import json

import pytest
from joserfc.jwk import RSAKey

from easel.errors import Busy
from easel.identity.jwks import AGAIN, FRESH, KEPT
from tests.support.identity_desk import RSA, Desk, token


def test_keys_are_fetched_once_while_they_are_fresh(desk: Desk) -> None:
    for _ in range(5):
        desk.bearer(token())
    assert desk.publisher.fetched == 1

    desk.clock.forward(FRESH / 1000 + 1)
    desk.bearer(token())
    assert desk.publisher.fetched == 2


def test_an_unknown_key_is_looked_for_at_most_once_in_30_seconds(desk: Desk) -> None:
    desk.bearer(token())
    for _ in range(20):
        desk.bearer(token(RSA, {"kid": "nobodys"}))
    assert desk.publisher.fetched == 1

    desk.clock.forward(AGAIN / 1000 + 1)
    for _ in range(20):
        desk.bearer(token(RSA, {"kid": "nobodys"}))
    assert desk.publisher.fetched == 2


def test_a_new_key_of_the_issuer_is_found(desk: Desk) -> None:
    desk.bearer(token())
    fresh = RSAKey.generate_key(2048, {"kid": "rsa9"})
    desk.publisher.keys.append(fresh)

    desk.clock.forward(31)

    assert desk.bearer(token(fresh, {"kid": "rsa9"})).error is None


def test_keys_outlive_an_outage_of_their_issuer_for_a_day(desk: Desk) -> None:
    desk.bearer(token())
    desk.publisher.down = True

    desk.clock.forward(KEPT / 1000 - 60)
    later = desk.clock.now() // 1000 + 60
    assert desk.bearer(token(exp=later)).error is None

    desk.clock.forward(120)
    assert isinstance(desk.bearer(token(exp=later + 300)).error, Busy)


@pytest.mark.parametrize("content", [None, b"not json", b"{}", b"[]", b'{"keys": 5}', b'{"keys": [7]}'])
def test_an_issuer_out_of_reach_is_our_trouble_and_not_the_callers(desk: Desk, content: bytes | None) -> None:
    desk.publisher.content, desk.publisher.down = content, content is None

    found = desk.bearer(token())

    assert isinstance(found.error, Busy)


def test_keys_we_cannot_verify_with_are_left_out(desk: Desk) -> None:
    strange = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "rsa1"},
        {**RSA.as_dict(private=False), "use": "enc"},
        {"kty": "RSA", "kid": "rsa1", "n": "AQ"},
        {"kty": "moon"},
    ]
    desk.publisher.content = json.dumps({"keys": [*strange, RSA.as_dict(private=False)]}).encode()

    assert desk.bearer(token()).error is None
