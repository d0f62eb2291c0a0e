"""Signing in at an issuer's own pages and coming back; the cookie that keeps it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from joserfc.jwk import ECKey

from local.issuer import Issuer
from tests.browser.conftest import opened
from tests.browser.stage import TOKEN, Host, Stage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

COOKIE = "easel-local"


@pytest.fixture
def stage(host: Host) -> Stage:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    return host.show(Stage(issuer=Issuer(address="", key=key)))


@pytest.fixture
def arrived(browser: "Browser", stage: Stage) -> Iterator["Page"]:
    """The page after signing in at the issuer's own pages."""
    with opened(browser, stage) as page:
        page.locator("#account summary").click()
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Name").fill("ada")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("94 credits").wait_for()
        yield page


def cookie(page: "Page") -> dict[str, object] | None:
    return next((dict(each) for each in page.context.cookies() if each["name"] == COOKIE), None)


def test_signing_in_by_code_and_pkce_leaves_a_cookie_that_scripts_cannot_read(arrived: "Page", stage: Stage) -> None:
    kept = cookie(arrived)

    assert kept
    assert (kept["httpOnly"], kept["sameSite"], kept["path"]) == (True, "Lax", "/")
    assert arrived.evaluate("document.cookie") == ""
    assert arrived.evaluate("Object.values({...localStorage, ...sessionStorage}).join()").count(".") == 0
    assert arrived.url == stage.address
    assert all("authorization" not in headers for headers in stage.headers("/api/credits"))


def test_a_session_outlives_the_tab_and_makes_pictures(arrived: "Page") -> None:
    arrived.reload()
    arrived.get_by_text("94 credits").wait_for()

    arrived.get_by_label("Prompt").fill("A paper boat")
    arrived.get_by_role("button", name="Make it").click()

    arrived.get_by_text("Done in").first.wait_for()


def test_signing_out_ends_the_session(arrived: "Page") -> None:
    arrived.locator("#account summary").click()
    arrived.get_by_role("button", name="Forget it").click()
    arrived.get_by_text("No token").wait_for()

    assert cookie(arrived) is None


def test_a_code_that_this_tab_did_not_ask_for_is_not_taken(browser: "Browser", stage: Stage) -> None:
    with opened(browser, stage) as page:
        page.goto(f"{stage.address}?code=stolen&state=forged")
        page.get_by_text("It was not begun in this tab").wait_for()

        assert page.url == stage.address
        assert cookie(page) is None


def test_a_pasted_token_can_be_kept_in_the_cookie(browser: "Browser", stage: Stage) -> None:
    with opened(browser, stage) as page:
        page.locator("#account summary").click()
        page.get_by_label("Keep me signed in").check()
        page.get_by_label("Token or API key").fill(TOKEN)
        page.get_by_label("Token or API key").blur()
        page.get_by_text("94 credits").wait_for()

        assert cookie(page)
        assert page.evaluate("sessionStorage.getItem('easel.token')") is None
