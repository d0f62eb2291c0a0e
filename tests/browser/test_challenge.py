"""What a stranger meets where the stage asks for Cloudflare's challenge; a small script stands in for Cloudflare's."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import opened
from tests.browser.stage import TOKEN, Host, Stage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser

SITE_KEY = "1x00000000000000000000AA"
CLOUDFLARE = "https://challenges.cloudflare.com/**"
# As Cloudflare's: a frame of its own origin solves the challenge, and a token comes from there.
SCRIPT = """
window.turnstile = {
  known: new Map(),
  render(place, options) {
    const frame = document.createElement("iframe");
    frame.src = `https://challenges.cloudflare.com/frame?${options.sitekey}`;
    addEventListener("message", ({ source, data }) => {
      if (source !== frame.contentWindow || !frame.isConnected) return;
      options[data.what]?.(data.said);
    });
    place.append(frame);
    this.known.set(`widget-${this.known.size}`, frame);
    return `widget-${this.known.size - 1}`;
  },
  remove(widget) {
    this.known.get(widget).remove();
  },
};
"""
TELLS = "<!doctype html><body><script>const tell = (what, said) => parent.postMessage({ what, said }, '*');</script>"
SOLVES = f"{TELLS}<script>tell('callback', `solved-${{crypto.randomUUID()}}`)</script>"
FAILS = f"{TELLS}<script>tell('error-callback', '600010')</script>"
ASKS = (
    f"{TELLS}<input type=checkbox id=box><script>tell('before-interactive-callback');"
    "document.getElementById('box').onclick = () => tell('callback', 'solved-by-hand')</script>"
)
FORGES = f"{TELLS}<script>tell('callback', 'forged')</script>"


@pytest.fixture
def stage(host: Host) -> Stage:
    return host.show(Stage(anonymous=True, site_key=SITE_KEY))


def cloudflare(frame: str, seen: list[str]) -> Callable[["Route"], None]:
    def answer(route: "Route") -> None:
        seen.append(route.request.url)
        if "/turnstile/v0/api.js" in route.request.url:
            route.fulfill(body=SCRIPT, content_type="text/javascript")
        else:
            route.fulfill(body=frame, content_type="text/html")

    return answer


def ask(page: "Page") -> None:
    page.get_by_label("Prompt").fill("A quiet harbour")
    page.get_by_role("button", name="Make it").click()


def tokens(stage: Stage) -> list[str | None]:
    return [headers.get("easel-turnstile") for headers in stage.headers("/api/generate-images")]


def test_a_stranger_who_solves_the_challenge_gets_a_picture(browser: "Browser", stage: Stage) -> None:
    seen: list[str] = []
    with opened(browser, stage, others={CLOUDFLARE: cloudflare(SOLVES, seen)}) as page:
        assert seen == []  # nobody has asked for anything yet
        ask(page)
        page.get_by_alt_text("A quiet harbour").wait_for()

        assert [url.partition("/frame?")[2] for url in seen] == ["", SITE_KEY]
        assert page.locator("iframe").count() == 0


def test_each_picture_has_a_token_of_its_own(browser: "Browser", stage: Stage) -> None:
    seen: list[str] = []
    with opened(browser, stage, others={CLOUDFLARE: cloudflare(SOLVES, seen)}) as page:
        for _ in range(2):
            ask(page)
            page.get_by_alt_text("A quiet harbour").wait_for()

    assert len(set(tokens(stage))) == 2
    assert sum("api.js" in url for url in seen) == 1


def test_a_box_to_tick_is_pointed_out(browser: "Browser", stage: Stage) -> None:
    with opened(browser, stage, others={CLOUDFLARE: cloudflare(ASKS, [])}) as page:
        ask(page)
        page.get_by_text("Please tick the box").wait_for()
        assert tokens(stage) == []

        page.frame_locator("iframe").locator("#box").click()

        page.get_by_alt_text("A quiet harbour").wait_for()
    assert tokens(stage) == ["solved-by-hand"]


def test_a_challenge_that_cannot_be_loaded_is_told_and_tried_again(browser: "Browser", stage: Stage) -> None:
    working = cloudflare(SOLVES, [])
    with opened(browser, stage, others={CLOUDFLARE: lambda route: route.abort()}) as page:
        ask(page)
        page.get_by_text("Let this browser reach challenges.cloudflare.com").wait_for()
        assert page.get_by_role("button", name="Make it").is_enabled()
        assert tokens(stage) == []

        page.context.unroute(CLOUDFLARE)
        page.context.route(CLOUDFLARE, working)
        ask(page)

        page.get_by_alt_text("A quiet harbour").wait_for()


def test_a_challenge_that_is_not_passed_sends_nothing(browser: "Browser", stage: Stage) -> None:
    with opened(browser, stage, others={CLOUDFLARE: cloudflare(FAILS, [])}) as page:
        ask(page)
        page.get_by_text("Cloudflare could not tell that a person is asking").wait_for()

        assert page.locator("iframe").count() == 0
    assert tokens(stage) == []


def test_a_token_that_does_not_hold_is_told_in_the_servers_words(browser: "Browser", stage: Stage) -> None:
    with opened(browser, stage, others={CLOUDFLARE: cloudflare(FORGES, [])}) as page:
        ask(page)

        page.get_by_text("does not hold; solve the challenge again").wait_for()


def test_whoever_is_signed_in_never_meets_cloudflare(browser: "Browser", stage: Stage) -> None:
    seen: list[str] = []
    before = f"sessionStorage.setItem('easel.token', '{TOKEN}')"
    with opened(browser, stage, before, {CLOUDFLARE: cloudflare(SOLVES, seen)}) as page:
        page.get_by_text("94 credits").wait_for()
        ask(page)
        page.get_by_text("Done in").wait_for()

    assert seen == []
