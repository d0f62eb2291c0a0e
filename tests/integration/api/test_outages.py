"""An issuer out of reach while the authorizer knows no keys yet: its people are told so, and nobody else notices."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from easel.http import problems
from easel.identity.jwks import AGAIN, KeySets
from easel.outbound.http import Unreachable
from easel.settings import Issuer
from tests.support.gateway import ISSUER, Answer, Ask, Gateway, bearer, posted
from tests.support.world import World

DOWN = Issuer(name="staff", issuer="https://sso.example", jwks_url="https://sso.example/keys", audience=("easel",))
KEY = ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256"})


@dataclass
class Outage:
    """Two issuers, of which one does not answer; counts how often it is asked."""

    others: Callable[[str], bytes]
    asked: int = 0
    over: bool = False

    def __call__(self, url: str) -> bytes:
        if url != DOWN.jwks_url:
            return self.others(url)
        self.asked += 1
        if not self.over:
            raise Unreachable(url)
        return json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()


@pytest.fixture
def gateway(world: World) -> Gateway:
    return Gateway(world, anonymous=True)


@pytest.fixture
def outage(gateway: Gateway) -> Outage:
    """An authorizer that starts cold in it."""
    tokens = gateway.authorizer.identity.tokens
    outage = Outage(tokens.keys.fetch)
    cold = replace(tokens, issuers=(ISSUER, DOWN), keys=KeySets(fetch=outage, clock=tokens.clock))
    gateway.authorizer = replace(gateway.authorizer, identity=replace(gateway.authorizer.identity, tokens=cold))
    return outage


def token(gateway: Gateway) -> str:
    now = gateway.world.clock.now() // 1000
    said: dict[str, Any] = {"iss": DOWN.issuer, "aud": "easel", "sub": "ann", "iat": now, "exp": now + 3_600}
    return jwt.encode({"alg": "ES256", "kid": "k1"}, said, KEY)


def credits(gateway: Gateway, headers: dict[str, str]) -> Answer:
    return gateway.send(Ask("GET", "/api/credits", headers))


@pytest.mark.parametrize("way", ["bearer", "cookie"])
def test_its_people_are_told_to_come_back(gateway: Gateway, outage: Outage, way: str) -> None:
    shown = bearer(token(gateway)) if way == "bearer" else {"Cookie": f"__Host-easel={token(gateway)}"}

    answer = credits(gateway, shown)

    assert (answer.status, answer.code) == (503, "busy")
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert int(answer.headers["retry-after"]) > 0
    assert "www-authenticate" not in answer.headers  # signing in again would not help
    assert "sso.example" not in str(answer.json)


def test_nothing_is_started_for_them(gateway: Gateway, outage: Outage) -> None:
    headers, body = posted({"prompt": "a lamp"}, **bearer(token(gateway)))

    answer = gateway.send(Ask("POST", "/api/generate-images", headers, body))

    assert answer.status == 503
    assert gateway.world.dynamodb.scan(TableName="jobs")["Items"] == []


def test_people_of_other_issuers_api_keys_and_strangers_are_served(gateway: Gateway, outage: Outage) -> None:
    assert credits(gateway, bearer(token(gateway))).status == 503

    assert credits(gateway, bearer(gateway.token("bob"))).status == 200
    assert credits(gateway, bearer(gateway.keys.create("shop", ("read",))[1])).status == 200
    assert gateway.send(Ask("GET", "/api/models")).status == 200
    assert credits(gateway, {}).code == "unauthenticated"


def test_the_issuer_is_asked_again_after_half_a_minute_and_not_by_every_token(gateway: Gateway, outage: Outage) -> None:
    for _ in range(9):
        credits(gateway, bearer(token(gateway)))
    assert outage.asked == 1

    outage.over = True
    gateway.world.clock.forward(AGAIN / 1000)

    assert credits(gateway, bearer(token(gateway))).status == 200
