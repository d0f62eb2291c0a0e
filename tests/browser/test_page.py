"""What somebody in front of the page sees."""

import re
from typing import TYPE_CHECKING

import pytest

from easel import errors
from tests.browser.stage import Stage
from tests.browser.steps import RUNNING, ask, hung, seen, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_a_picture_is_made_and_shown(page: "Page", stage: Stage) -> None:
    page.get_by_label("3:2").check()
    page.get_by_label("low").check()

    ask(page, "A paper boat")

    hung(page)
    seen(page, "Done in")
    picture = page.get_by_alt_text("A paper boat")
    assert "signed=0" in (picture.get_attribute("src") or "")
    assert "signed=0" in (page.get_by_role("link", name="Download PNG").get_attribute("href") or "")
    sent = {"prompt": "A paper boat", "aspectRatio": "3:2", "quality": "low", "modelId": "gpt-image-2.5-flare", "n": 1}
    assert stage.bodies("/api/aiimage/start") == [sent]


def test_several_pictures_are_asked_for_at_once(page: "Page") -> None:
    page.get_by_label("Images").fill("3")

    ask(page)

    hung(page, 3)


def test_the_keyboard_is_enough(page: "Page", stage: Stage) -> None:
    page.get_by_label("Prompt").focus()
    page.keyboard.type("A brass compass")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")

    page.keyboard.press("Control+Enter")

    hung(page)
    assert stage.bodies("/api/aiimage/start")[0]["aspectRatio"] == "3:2"


def test_the_price_follows_the_choices(page: "Page") -> None:
    page.get_by_label("Model").select_option("gpt-image-2")
    assert page.locator("#price").inner_text() == "About 6 credits"

    page.get_by_label("high").check()
    page.get_by_label("3:2").check()
    page.get_by_label("Images").fill("2")

    assert page.locator("#price").inner_text() == "About 34 credits"


def test_the_prompt_is_counted_in_characters(page: "Page") -> None:
    page.get_by_label("Prompt").fill("🎨é")

    assert page.locator("#count").inner_text() == "2 / 32,000"


def test_a_double_click_starts_one_job(page: "Page", stage: Stage) -> None:
    page.get_by_label("Prompt").fill("A paper boat")

    page.get_by_role("button", name="Make it").dblclick()

    hung(page)
    assert len(stage.bodies("/api/aiimage/start")) == 1


def test_impatience_starts_one_job(page: "Page", stage: Stage) -> None:
    stage.slow_seconds = 0.3
    ask(page)

    for _ in range(3):
        page.keyboard.press("Control+Enter")

    hung(page)
    assert len(stage.jobs) == 1
    assert len(stage.bodies("/api/aiimage/start")) == 1


def test_a_lost_reply_is_repeated_with_the_same_key(page: "Page", stage: Stage) -> None:
    stage.replies_lost = 1

    ask(page)

    hung(page)
    keys = [headers["idempotency-key"] for headers in stage.headers("/api/aiimage/start")]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len(stage.jobs) == 1


def test_after_many_lost_replies_pressing_again_still_pays_once(page: "Page", stage: Stage) -> None:
    page.clock.install()
    stage.replies_lost = 4
    ask(page)
    for count in (1, 2, 3, 4):
        until(page, lambda: len(stage.bodies("/api/aiimage/start")), count)
        page.wait_for_timeout(100)  # the page begins its pause
        page.clock.fast_forward(10_000)
    seen(page, "it is never paid twice")

    page.get_by_role("button", name="Make it").click()

    hung(page)
    assert len(stage.bodies("/api/aiimage/start")) == 5
    assert len(stage.jobs) == 1


def test_two_submits_have_two_keys(page: "Page", stage: Stage) -> None:
    ask(page)
    hung(page)

    ask(page)

    until(page, lambda: len(stage.jobs), 2)


def test_progress_is_told_while_it_runs(page: "Page", stage: Stage) -> None:
    stage.steps = (RUNNING,)
    ask(page)
    seen(page, "Drawing")
    seen(page, "92 credits · 2 held")

    stage.jobs["job-1"].becomes(attempt=2)

    seen(page, "Drawing, attempt 2")
    seen(page, re.compile(r"\d+ s"))
    assert page.get_by_role("status").inner_text() == "Drawing, attempt 2"


def test_a_job_is_canceled(page: "Page", stage: Stage) -> None:
    stage.steps = (RUNNING,)
    ask(page)
    seen(page, "Drawing")

    page.get_by_role("button", name="Cancel").click()

    seen(page, "Canceled; its credits are back")
    seen(page, "94 credits")
    assert page.get_by_role("button", name="Make it").is_enabled()
    assert page.locator("#pictures figure").count() == 0


def test_a_job_that_cannot_be_stopped_at_once_says_so(page: "Page", stage: Stage) -> None:
    stage.steps = (RUNNING,)
    stage.in_flight = True
    ask(page)

    page.get_by_role("button", name="Cancel").click()

    seen(page, "a picture already under way may still arrive")
    assert page.get_by_role("button", name="Cancel").is_hidden()


def test_warnings_are_shown(page: "Page", stage: Stage) -> None:
    told = "openai could not make every image; openai_compatible served this"
    stage.steps = (RUNNING, {"status": "succeeded", "provider": "openai_compatible", "warnings": (told,)})

    ask(page)

    seen(page, told)
    seen(page, "by openai_compatible")


def test_an_error_says_what_to_do(page: "Page", stage: Stage) -> None:
    stage.refusal = errors.InsufficientCredits(
        "This needs 6 credits and 2 are available; buy some.", required=6, available=2, buyUrl="https://example.com/buy"
    )

    ask(page)

    alert = page.get_by_role("alert")
    alert.get_by_text("Not enough credits").wait_for()
    said = alert.inner_text()
    assert "This needs 6 credits and 2 are available; buy some." in said
    assert "insufficient_credits" in said
    assert "request-42" in said
    assert alert.get_by_role("link", name="Get credits").get_attribute("href") == "https://example.com/buy"
    assert page.get_by_role("button", name="Make it").is_enabled()


def test_a_wrong_field_is_marked(page: "Page", stage: Stage) -> None:
    stage.refusal = errors.invalid("prompt", "has 40,000 characters; at most 32,000 are allowed")

    ask(page)

    seen(page, "prompt: has 40,000 characters")
    assert page.get_by_label("Prompt").get_attribute("aria-invalid") == "true"


def test_a_failed_job_says_why_and_that_nothing_was_charged(page: "Page", stage: Stage) -> None:
    error = {"code": "content_refused", "message": "The image provider's moderation refused this request."}
    stage.steps = (RUNNING, {"status": "failed", "error": error})

    ask(page)

    page.get_by_role("alert").get_by_text("moderation refused this request").wait_for()
    said = page.get_by_role("alert").inner_text()
    assert "Change the words and try again. Its credits are back." in said
    assert "content_refused" in said
    assert "job-1" in said


def test_recent_jobs_open_again(page: "Page", stage: Stage) -> None:
    ask(page, "A paper boat")
    hung(page)
    page.reload()

    page.get_by_role("button", name=re.compile("Job of .*, succeeded")).click()

    hung(page)
    page.get_by_alt_text("A paper boat").wait_for()


def test_a_running_job_is_found_again_after_a_reload(page: "Page", stage: Stage) -> None:
    stage.steps = (RUNNING,)
    ask(page)
    seen(page, "Drawing")
    page.reload()

    page.get_by_role("button", name=re.compile("Job of .*, running")).click()
    seen(page, "Drawing")
    stage.jobs["job-1"].becomes(status="succeeded")

    hung(page)
