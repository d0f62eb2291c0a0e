"""Tokens that nobody signed, or not for this: each is refused."""

import base64
from collections.abc import Callable

import pytest

from easel.errors import Unauthenticated
from tests.support.identity_desk import (
    EC,
    FOREIGN,
    RSA,
    SAME,
    Desk,
    claims,
    forged,
    signed_with_the_public_key,
    token,
)

FORGERIES: dict[str, Callable[[], str]] = {
    "another key": lambda: token(FOREIGN),
    "no algorithm": lambda: forged({"alg": "none", "kid": "rsa1"}, claims(), b""),
    "none in capitals": lambda: forged({"alg": "NONE"}, claims()),
    "the public key as a shared secret": signed_with_the_public_key,
    "an algorithm the issuer does not use": lambda: token(SAME, {"alg": "RS512"}),
    "an algorithm of another kind of key": lambda: token(EC, {"alg": "ES256", "kid": "rsa1"}),
    "a key of its own": lambda: token(FOREIGN, {"jwk": FOREIGN.as_dict(private=False)}),
    "a key from its own address": lambda: token(FOREIGN, {"jku": "https://evil.example/keys"}),
    "a certificate of its own": lambda: token(RSA, {"x5c": ["MIIB"]}),
    "a certificate from its own address": lambda: token(RSA, {"x5u": "https://evil.example/"}),
    "critical rules": lambda: forged({"alg": "RS256", "kid": "rsa1", "crit": ["exp"]}, claims()),
    "an unencoded payload": lambda: forged({"alg": "RS256", "kid": "rsa1", "b64": False}, claims()),
    "another type": lambda: token(RSA, {"typ": "dpop+jwt"}),
    "a key nobody published": lambda: token(RSA, {"kid": "rsa2"}),
    "a list of algorithms": lambda: forged({"alg": ["RS256"], "kid": "rsa1"}, claims()),
    "a kid that is no text": lambda: forged({"alg": "RS256", "kid": 1}, claims()),
    "two issuers": lambda: forged(
        {"alg": "RS256", "kid": "rsa1"}, '{"iss": "https://evil.example/", "iss": "https://id.example/"}'
    ),
    "two algorithms": lambda: forged('{"alg": "RS256", "alg": "none"}', claims()),
    "a changed payload": lambda: ".".join(
        [token().split(".")[0], forged({}, claims(sub="bob")).split(".")[1], token().split(".")[2]]
    ),
    "a cut signature": lambda: token()[:-8],
    "no signature": lambda: token().rpartition(".")[0] + ".",
    "a payload that is no object": lambda: forged({"alg": "RS256", "kid": "rsa1"}, "[]"),
    "a payload that is no JSON": lambda: forged({"alg": "RS256", "kid": "rsa1"}, "{"),
    "deep nesting": lambda: forged({"alg": "RS256"}, "[" * 5000),
    "five parts": lambda: token() + ".a.b",
    "padding": lambda: token() + "=",
    "a second spelling of the signature": lambda: _respelled(token()),
    "great length": lambda: token(name="x" * 9000),
    "no token at all": lambda: "hello",
}


def _respelled(written: str) -> str:
    """The same bytes with other unused bits at the end."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = letters[letters.index(written[-1]) ^ 1]
    padding = "=" * (-len(written.rpartition(".")[2]) % 4)
    before, after = (
        base64.urlsafe_b64decode(each.rpartition(".")[2] + padding) for each in (written, written[:-1] + other)
    )
    assert before == after
    return written[:-1] + other


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_refused(desk: Desk, forgery: str) -> None:
    found = desk.bearer(FORGERIES[forgery]())

    assert isinstance(found.error, Unauthenticated)
    assert found.caller.anonymous
