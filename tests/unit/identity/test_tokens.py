"""What an issuer's tokens are held to, each rule with the others satisfied."""

import base64
from dataclasses import replace

import pytest

from easel.errors import Unauthenticated
from easel.identity.jwks import KeySets
from easel.identity.tokens import Tokens
from tests.support.fakes import FakeClock
from tests.support.identity_desk import EC, ISSUER, Publisher, token

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def tokens() -> Tokens:
    clock = FakeClock()
    return Tokens(issuers=(ISSUER,), keys=KeySets(fetch=Publisher(), clock=clock), clock=clock)


def test_an_issuer_that_signs_in_one_way_is_believed_in_no_other() -> None:
    signed = token(EC, {"alg": "ES256", "kid": "ec1"})
    narrow = replace(tokens(), issuers=(ISSUER.model_copy(update={"algorithms": ("RS256",)}),))

    assert tokens().caller(signed).owner == "user:accounts:ann"
    assert narrow.caller(token()).owner == "user:accounts:ann"
    with pytest.raises(Unauthenticated, match="signed in a way"):
        narrow.caller(signed)


def test_a_token_has_one_spelling() -> None:
    """The last letter of a signature has bits that say nothing: with others it decodes to the same bytes."""
    signed = token()
    last = LETTERS.index(signed[-1])
    spellings = [signed[:-1] + LETTERS[last ^ bits] for bits in (1, 2, 3)]
    part = signed.rpartition(".")[2]
    same = [s for s in spellings if _bytes(s.rpartition(".")[2]) == _bytes(part)]

    assert same
    for spelling in same:
        with pytest.raises(Unauthenticated, match="cannot be read"):
            tokens().caller(spelling)
    assert tokens().caller(signed)


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
