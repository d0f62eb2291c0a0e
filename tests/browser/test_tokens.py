"""Tokens on the page."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.stage import TOKEN, Stage
from tests.browser.steps import ask, hung, seen

if TYPE_CHECKING:
    from playwright.sync_api import Page


pytestmark = pytest.mark.browser


def test_a_token_is_taken(stranger: "Page") -> None:
    stranger.get_by_text("No token").click()
    stranger.get_by_label("Token or API key").fill(f"Bearer {TOKEN}")

    stranger.get_by_label("Token or API key").press("Enter")

    seen(stranger, "94 credits")
    assert stranger.get_by_label("Token or API key").is_hidden()
    assert stranger.get_by_label("Images").is_enabled()


def test_a_wrong_token_is_asked_for_again(stranger: "Page") -> None:
    stranger.get_by_text("No token").click()
    stranger.get_by_label("Token or API key").fill("made-up")

    stranger.get_by_label("Token or API key").press("Enter")

    seen(stranger, "These credentials do not hold")
    assert stranger.get_by_label("Token or API key").is_visible()


def test_without_a_token_one_picture_comes_by_the_quick_route(stranger: "Page", stage: Stage) -> None:
    stage.anonymous = True
    seen(stranger, "Without a token you can try one picture at a time")

    ask(stranger, "A quiet harbour")

    hung(stranger)
    seen(stranger, "stand-in: no OPENAI_API_KEY")
    assert stranger.get_by_label("Images").is_disabled()
    assert stage.bodies("/api/generate-images")[0]["n"] == 1
    assert "idempotency-key" not in stage.headers("/api/generate-images")[0]
    assert "authorization" not in stage.headers("/api/generate-images")[0]


def test_without_a_token_where_one_is_needed_the_page_asks_for_it(stranger: "Page") -> None:
    ask(stranger)

    seen(stranger, "Sign in: send")
    assert stranger.evaluate("document.activeElement.id") == "token"


def test_the_token_stays_in_the_tab(page: "Page") -> None:
    kept = page.evaluate("[JSON.stringify({...sessionStorage}), JSON.stringify({...localStorage}), document.cookie]")

    assert kept == [f'{{"easel.token":"{TOKEN}"}}', "{}", ""]


def test_a_forgotten_token_is_gone(page: "Page") -> None:
    page.locator("#account summary").click()
    page.get_by_role("button", name="Forget it").click()

    seen(page, "No token")
    assert page.evaluate("sessionStorage.length") == 0
