"""Session cookies as credentials, and from where a request by cookie is heard."""

import pytest

from easel.errors import OriginNotAllowed, Unauthenticated
from easel.identity.authentication import Credentials
from easel.identity.session_cookie import Sessions
from tests.support.identity_desk import OURS, SECRET, SITE, Desk, a_key, token


def test_a_session_cookie_is_as_good_as_its_token(desk: Desk) -> None:
    found = desk.cookie(token())

    assert found == desk.bearer(token())


@pytest.mark.parametrize("cookie", ["easel-local", "__host-easel", "__Secure-easel", "easel"])
def test_a_cookie_of_another_name_is_nobodys(desk: Desk, cookie: str) -> None:
    assert desk.identity(Credentials(cookies=[f"{cookie}={token()}"])) == desk.find(None)


def test_a_header_speaks_louder_than_a_cookie(desk: Desk) -> None:
    found = desk.identity(Credentials(authorization="Bearer rubbish", cookies=[f"__Host-easel={token()}"]))

    assert isinstance(found.error, Unauthenticated)


@pytest.mark.parametrize("cookies", [["__Host-easel=a; __Host-easel=b"], ["__Host-easel=a", "__Host-easel=b"]])
def test_two_sessions_at_once_are_not_chosen_among(desk: Desk, cookies: list[str]) -> None:
    assert "twice" in str(desk.identity(Credentials(cookies=cookies)).error)


@pytest.mark.parametrize("cookie", ["", "rubbish", f"easel_k2345678_{SECRET}"])
def test_a_cookie_holds_a_token_and_nothing_else(desk: Desk, cookie: str) -> None:
    desk.table.keys["k2345678"] = a_key()

    assert isinstance(desk.cookie(cookie).error, Unauthenticated)


@pytest.mark.parametrize(
    "browser",
    [
        {"site": "same-origin"},
        {"origin": OURS},
        {"origin": OURS, "site": "same-origin"},
        {"origin": SITE},
        {"origin": SITE, "site": "same-site"},
    ],
)
def test_an_unsafe_request_by_cookie_is_heard_from_our_page_and_configured_sites(
    desk: Desk, browser: dict[str, str]
) -> None:
    assert desk.cookie(token(), "POST", **browser).error is None


@pytest.mark.parametrize(
    "browser",
    [
        {},
        {"site": "none"},
        {"site": "same-site"},
        {"site": "cross-site"},
        {"origin": "null"},
        {"origin": "null", "site": "same-origin"},
        {"origin": "https://evil.example"},
        {"origin": "https://evil.example", "site": "same-origin"},
        {"origin": f"{OURS}.evil.example"},
        {"origin": f"{OURS}:8443"},
        {"origin": "http://images.example"},
        {"origin": OURS, "site": "cross-site"},
        {"origin": f"{OURS}, https://evil.example"},
        {"origin": SITE, "site": "none"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "post"])
def test_an_unsafe_request_by_cookie_is_refused_from_anywhere_else(
    desk: Desk, browser: dict[str, str], method: str
) -> None:
    found = desk.cookie(token(), method, **browser)

    assert isinstance(found.error, OriginNotAllowed)
    assert found.caller.anonymous
    assert desk.cookie(token(), "GET", **browser).error is None


def test_a_bearer_needs_no_word_of_its_origin(desk: Desk) -> None:
    shown = Credentials(
        authorization=f"Bearer {token()}", method="POST", origin="https://evil.example", site="cross-site"
    )

    assert desk.identity(shown).error is None


def test_a_stage_on_plain_http_has_a_cookie_that_browsers_keep_there() -> None:
    sessions = Sessions("http://127.0.0.1:8787")

    assert sessions.set_cookie("a.b.c", seconds=60) == "easel-local=a.b.c; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"
    for host in ("127.0.0.1", "localhost"):
        sessions.must_be_ours("POST", origin=f"http://{host}:8787", site="same-origin")
    with pytest.raises(OriginNotAllowed):
        sessions.must_be_ours("POST", origin="http://localhost:5173", site="same-site")
