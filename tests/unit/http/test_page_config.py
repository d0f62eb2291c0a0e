from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from api import meta
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.testclient import TestClient

from easel.http import page_config
from easel.policy import Policy
from easel.settings import Issuer as Accepted
from local.issuer import CLIENT, Issuer
from local.signin import SignIn
from tests.support.doors import Asked, send

BACK = "http://127.0.0.1:8787/"
VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
ASK = {
    "client_id": CLIENT,
    "redirect_uri": BACK,
    "response_type": "code",
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "login": "ada",
}


@pytest.fixture
def issuer() -> Issuer:
    return Issuer("http://127.0.0.1:8787", ECKey.generate_key("P-256", {"alg": "ES256"}, auto_kid=True))


@pytest.fixture
def client(issuer: Issuer) -> TestClient:
    return TestClient(Starlette(routes=SignIn(issuer).routes()), follow_redirects=False)


def code(client: TestClient) -> str:
    answer = client.get("/_issuer/authorize", params=ASK)
    said = parse_qs(urlsplit(answer.headers["location"]).query)
    assert said["state"] == ["s"]
    return said["code"][0]


def exchange(client: TestClient, **changes: str) -> Any:
    given = {"grant_type": "authorization_code", "client_id": CLIENT, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return client.post("/_issuer/token", data={**given, **changes})


def test_a_code_is_good_once_for_whoever_asked_for_it(client: TestClient) -> None:
    first = code(client)

    assert exchange(client, code=first).json()["access_token"].count(".") == 2
    assert exchange(client, code=first).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "another"},
        {"redirect_uri": f"{BACK}x"},
        {"client_id": "x"},
        {"grant_type": "password"},
        {"code": "x"},
    ],
)
def test_a_code_is_nothing_to_anybody_else(client: TestClient, changes: dict[str, str]) -> None:
    assert exchange(client, **{"code": code(client), **changes}).status_code == 400


def test_nobody_is_sent_to_another_machine_or_without_pkce(client: TestClient) -> None:
    elsewhere = client.get("/_issuer/authorize", params={**ASK, "redirect_uri": "https://evil.example/"})
    plain = client.get("/_issuer/authorize", params={**ASK, "code_challenge_method": "plain"})

    assert elsewhere.status_code == 400
    assert "error=invalid_request" in plain.headers["location"]


def test_the_page_is_told_where_to_sign_in_and_may_talk_to_it(issuer: Issuer) -> None:
    accepted = Accepted.model_validate(issuer.setting())

    told = page_config.config([accepted], Policy(anonymous=True))

    assert told["anonymous"] is True
    assert told["signIn"][0]["clientId"] == CLIENT
    assert page_config.origins([accepted, accepted]) == ("http://127.0.0.1:8787",)


def test_where_to_sign_in_is_a_file_of_the_page(asked: Asked) -> None:
    answer = send(meta, "GET", "/web/config.json", caller=None)

    assert (answer.status, answer.json) == (200, {"signIn": [], "anonymous": False, "turnstile": None})
