from dataclasses import replace
from typing import Any

import pytest
from api import session

from easel.errors import OriginNotAllowed, Unauthenticated
from easel.identity.callers import USER_SCOPES, Caller
from easel.identity.session_cookie import TOKEN_CHARS_MAX
from tests.support.doors import NOBODY, SHOP, Asked, send
from tests.support.fakes import NOON

ANN = Caller(owner="user:local:ann", scopes=USER_SCOPES, expires_at=NOON + 3_600_000)
BEARER = {"Authorization": "Bearer eyJ.eyJ.sig"}


def test_a_session_is_a_cookie_that_scripts_and_other_sites_cannot_use(asked: Asked) -> None:
    answer = send(session, "POST", "/api/session", caller=ANN, headers=BEARER)

    assert (answer.status, answer.json) == (200, {"owner": "user:local:ann", "expiresAt": "2026-10-28T13:00:00.000Z"})
    kept = "__Host-easel=eyJ.eyJ.sig; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert answer.headers["set-cookie"] == kept
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("caller", "headers", "status"),
    [
        (NOBODY, {}, 401),
        (ANN, {}, 401),
        (ANN, {"Cookie": "__Host-easel=eyJ.eyJ.sig"}, 401),
        (SHOP, {"Authorization": "Bearer easel_k_s"}, 403),
        (replace(ANN, expires_at=NOON - 1), BEARER, 401),
        (ANN, {"Authorization": f"Bearer {'x' * (TOKEN_CHARS_MAX + 1)}"}, 400),
    ],
)
def test_a_session_is_begun_by_a_persons_bearer_token_alone(
    asked: Asked, caller: Caller, headers: dict[str, str], status: int
) -> None:
    answer = send(session, "POST", "/api/session", caller=caller, headers=headers)

    assert answer.status == status
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("problem", [{}, {"code": Unauthenticated.code, "problem": "The token has expired."}])
def test_a_session_ends_whether_or_not_it_still_holds(asked: Asked, problem: dict[str, Any]) -> None:
    answer = send(session, "DELETE", "/api/session", caller=NOBODY, **problem)

    assert answer.status == 204
    assert answer.headers["set-cookie"] == "__Host-easel=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure"


def test_another_site_ends_no_session(asked: Asked) -> None:
    refused = {"code": OriginNotAllowed.code, "problem": "Not from there."}

    answer = send(session, "DELETE", "/api/session", caller=NOBODY, **refused)

    assert (answer.status, answer.json["code"]) == (403, "origin_not_allowed")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("caller", "told"),
    [
        (
            ANN,
            {
                "signedIn": True,
                "owner": "user:local:ann",
                "expiresAt": "2026-10-28T13:00:00.000Z",
                "scopes": ["erase", "generate", "read"],
            },
        ),
        (
            SHOP,
            {
                "signedIn": True,
                "owner": "service:shop",
                "scopes": ["act_for", "erase", "generate", "grant", "read"],
            },
        ),
        (NOBODY, {"signedIn": False, "scopes": ["erase", "read"]}),
    ],
)
def test_everybody_is_told_whom_the_stage_takes_them_for(asked: Asked, caller: Caller, told: dict[str, Any]) -> None:
    answer = send(session, "GET", "/api/session", caller=caller)

    assert (answer.status, answer.json) == (200, told)
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


def test_a_sign_in_that_has_ended_is_said_to_have(asked: Asked) -> None:
    ended = {"code": Unauthenticated.code, "problem": "The token has expired."}

    answer = send(session, "GET", "/api/session", caller=NOBODY, **ended)

    assert (answer.status, answer.json["detail"]) == (401, "The token has expired.")


def test_a_service_is_told_for_whom_it_acts(asked: Asked) -> None:
    answer = send(session, "GET", "/api/session", caller=SHOP, headers={"Easel-Owner": "user:local:bob"})

    assert answer.json["owner"] == "user:local:bob"
