"""What holds whatever the page shows: no markup from elsewhere, room for thumbs, names for screen readers."""

from typing import TYPE_CHECKING

import pytest

from easel import errors
from tests.browser.stage import ADA, Stage
from tests.browser.steps import RUNNING, ask, hung, seen

if TYPE_CHECKING:
    from playwright.sync_api import Page


pytestmark = pytest.mark.browser


MARKUP = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"


TOO_SMALL_FOR_A_THUMB = """
    [...document.querySelectorAll("button, select, textarea, summary, .choice")]
        .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
        .map((each) => each.outerHTML.slice(0, 60))
"""


def test_text_from_the_server_is_never_markup(page: "Page", stage: Stage) -> None:
    error = {"code": "internal", "message": MARKUP}
    stage.steps = (RUNNING, {"status": "failed", "error": error, "warnings": (MARKUP,)})

    ask(page, MARKUP)

    page.get_by_role("alert").get_by_text("<b>bold</b>").wait_for()
    page.get_by_label("Warnings").get_by_text("<b>bold</b>").wait_for()
    assert page.title() == "Easel"
    assert page.locator("section b, section img").count() == 0


def test_an_address_from_the_server_is_never_a_script(page: "Page", stage: Stage) -> None:
    stage.refusal = errors.InsufficientCredits("Buy some.", buyUrl="javascript:document.title='broken'")

    ask(page)

    assert page.get_by_role("link", name="Get credits").get_attribute("href") == "about:blank"


def test_the_page_works_on_a_narrow_screen(page: "Page", stage: Stage) -> None:
    for _ in range(12):
        stage.started({"prompt": "Before", "modelId": "gpt-image-2", "aspectRatio": "1:1"}, owner=ADA)
    page.set_viewport_size({"width": 390, "height": 740})

    ask(page, "A paper boat " * 30)

    hung(page)
    seen(page, "Recent")
    for width in (320, 390, 768):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(TOO_SMALL_FOR_A_THUMB) == []


def test_everything_that_is_filled_in_has_a_name(page: "Page") -> None:
    page.locator("#account summary").click()

    nameless = page.evaluate(
        "[...document.querySelectorAll('input, select, textarea')].filter((each) => !each.labels.length).length"
    )

    assert nameless == 0
