"""What a person does on the page, and what it shows then."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page


RUNNING = {"status": "running", "stage": "generating", "attempt": 1}


def ask(page: "Page", prompt: str = "A paper boat on a calm lake") -> None:
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_role("button", name="Make it").click()


def seen(page: "Page", text: str | re.Pattern[str]) -> None:
    page.get_by_text(text).first.wait_for()


def hung(page: "Page", count: int = 1) -> None:
    """Wait for pictures that really loaded."""
    page.wait_for_function(
        "count => { const all = [...document.querySelectorAll('#pictures img')];"
        " return all.length === count && all.every((one) => one.complete && one.naturalWidth > 0); }",
        arg=count,
    )


def until(page: "Page", count: Callable[[], int], wanted: int) -> None:
    """Wait for what the server saw."""
    for _ in range(400):
        if count() >= wanted:
            return
        page.wait_for_timeout(10)
    pytest.fail(f"it came to {count()} instead of {wanted}")
