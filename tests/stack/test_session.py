"""A person's session by cookie, through the deployed gateway and authorizer."""

import pytest

from ops import keys
from tests.stack.client import Client
from tests.stack.stack import Stack

PROMPT = "a paper boat on a mirror-smooth lake at dawn"


def cookie_of(stack: Stack, ann: Client) -> Client:
    """Ann, signed in by a cookie alone."""
    if stack.local is None:
        pytest.skip("a session holds a token of an issuer; here everybody has a key")
    began = ann.ask("POST", "/api/session")
    assert began.expect(200)["owner"] == ann.owner
    kept = began.headers["set-cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept
    return Client(stack.url, ann.owner, {"Cookie": kept.split(";")[0]})


def test_a_session_is_its_person(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    by_cookie = cookie_of(stack, ann)

    assert by_cookie.credits()["available"] == 30
    ours = {"Origin": stack.url, "Sec-Fetch-Site": "same-origin"}
    job = by_cookie.ask("POST", "/api/aiimage/start", body={"prompt": PROMPT}, headers=ours).expect(202)
    assert ann.wait(job)["status"] == "succeeded"


def test_a_stranger_after_somebodys_session_is_a_stranger(stack: Stack) -> None:
    cookie_of(stack, stack.someone(credits=30))

    stack.nobody.get("/api/credits").refused(401, "unauthenticated")


@pytest.mark.parametrize("browser", [{}, {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}])
def test_another_site_can_do_nothing_with_it(stack: Stack, browser: dict[str, str]) -> None:
    ann = stack.someone(credits=30)
    by_cookie = cookie_of(stack, ann)

    answer = by_cookie.ask("POST", "/api/aiimage/start", body={"prompt": PROMPT}, headers=browser)

    answer.refused(403, "origin_not_allowed")
    by_cookie.ask("DELETE", "/api/session", headers=browser).refused(403, "origin_not_allowed")
    assert ann.credits()["held"] == 0


def test_a_revoked_key_is_refused_at_once_and_a_rotated_one_has_two_secrets(stack: Stack) -> None:
    first = stack.key("test-rotated", ("read",))
    key_id = first.split("_")[1]
    table = keys.keys_of(stack.deployed)

    def asks(written: str) -> int:
        return Client(stack.url, "", {"Authorization": f"Bearer {written}"}).get("/api/credits").status

    _, second = table.rotate(key_id, overlap=3_600_000)
    assert (asks(first), asks(second)) == (200, 200)
    table.finish(key_id)
    assert (asks(first), asks(second)) == (401, 200)
    table.revoke(key_id)
    assert asks(second) == 401
