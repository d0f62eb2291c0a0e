"""A browser and a page in it; without them these tests are skipped, with a sentence."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.browser.stage import TOKEN, Host, Stage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Route

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMEOUT_MS = 8_000


@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make setup-tests")
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine: install one, or name it in CHROMIUM")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def host() -> Iterator[Host]:
    with Host() as serving:
        yield serving


@pytest.fixture
def stage(host: Host) -> Stage:
    return host.show(Stage())


@pytest.fixture
def stranger(browser: "Browser", stage: Stage) -> Iterator["Page"]:
    """The page as somebody without a token finds it."""
    with opened(browser, stage) as page:
        yield page


@pytest.fixture
def page(browser: "Browser", stage: Stage) -> Iterator["Page"]:
    """The page with a token in it."""
    with opened(browser, stage, f"sessionStorage.setItem('easel.token', '{TOKEN}')") as page:
        page.get_by_text("94 credits").wait_for()
        yield page


@contextmanager
def opened(
    browser: "Browser", stage: Stage, before: str = "", others: Mapping[str, Callable[["Route"], None]] | None = None
) -> Iterator["Page"]:
    """The page in a browser of its own; a script error or a broken policy fails the test.

    `others` answer for other sites, by the patterns of their addresses.
    """
    context = browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce", locale="en-GB")
    context.add_init_script(before)
    for addresses, answer in (others or {}).items():
        context.route(addresses, answer)
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    faults: list[str] = []

    def fault(error: "Error") -> None:
        faults.append(str(error))

    def said(message: "ConsoleMessage") -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    page.on("pageerror", fault)
    page.on("console", said)
    page.goto(stage.address)
    page.locator("#model option").first.wait_for(state="attached")
    yield page
    context.close()
    assert not faults
