"""The page about webhooks: its code runs, and what it says of times and fields is what is done."""

import base64
import json
import random
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from easel.clock import HOUR, MINUTE, SECOND
from easel.outbound.guarded_post import SECONDS_MAX as POST_SECONDS
from easel.outbound.urls import URL_CHARS_MAX
from easel.webhooks import schedule, signing
from easel.webhooks.model import ENDPOINTS_MAX, EVENT_TYPES
from easel.webhooks.requests import WebhookRequest
from local import tools
from tests.simulation import webhook_forgeries
from tests.support.receiver import URL
from tests.support.world import ANN, World

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
SECONDS_BOUND = 30
SECRET = signing.written(webhook_forgeries.secret_of_the_endpoint())
HARNESS = """
import { readFileSync } from "node:fs";
import { verify } from "./page.mjs";
for (const each of JSON.parse(readFileSync("requests.json", "utf8"))) {
  try {
    const event = verify(Buffer.from(each.body, "base64"), each.headers, each.secret);
    console.log(event.type);
  } catch (error) {
    console.log(`refused: ${error.message}`);
  }
}
"""


def code(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture
def receive() -> Any:
    """The page's function, with a memory and a list of what it handled."""
    seen: set[str] = set()
    handled: list[Any] = []

    [shown] = code("python")
    scope: dict[str, Any] = {
        "is_known": seen.__contains__,
        "remember": seen.add,
        "handle": handled.append,
        "handled": handled,
    }
    exec(compile(shown, "docs/webhooks.md", "exec"), scope)  # noqa: S102 — the page's own code
    return scope


def test_the_python_on_the_page_takes_what_is_genuine_once(receive: Any) -> None:
    sent = webhook_forgeries.genuine(1, sabotage=False)

    answers = [receive["receive"](sent.body, dict(sent.headers), SECRET) for _ in range(2)]

    assert answers == [204, 204]
    assert [event["type"] for event in receive["handled"]] == ["job.succeeded"]


def test_the_python_on_the_page_refuses_what_is_forged(receive: Any) -> None:
    for request in webhook_forgeries.forgeries(2, random.Random(7)):  # noqa: S311 - the same lot every time
        assert receive["receive"](request.body, dict(request.headers), SECRET) == 401, request.kind
    assert receive["handled"] == []


def test_the_javascript_on_the_page_takes_what_is_genuine_and_refuses_the_rest(tmp_path: Path) -> None:
    lot = random.Random(7)  # noqa: S311 - the same lot every time
    sent = [webhook_forgeries.genuine(1, sabotage=False)]
    sent += [each for number in range(25) for each in webhook_forgeries.forgeries(number, lot)]

    said = run_page(tmp_path, [packed(each.headers, each.body) for each in sent])

    assert said[0] == "job.succeeded"
    assert len(said) == len(sent)
    assert [line for line in said[1:] if not line.startswith("refused: ")] == []


def test_what_a_job_sends_is_taken_by_the_javascript_on_the_page(quick_world: World, tmp_path: Path) -> None:
    made = quick_world.endpoints.create(WebhookRequest.model_validate({"url": URL}), caller=ANN)
    shift = webhook_forgeries.now() - quick_world.clock.now()
    quick_world.clock.forward(shift / SECOND)
    job = quick_world.run(quick_world.begin(metadata={"order": "17"}).job.id)
    quick_world.deliver_now(job.id)

    [letter] = quick_world.receiver.letters
    said = run_page(tmp_path, [packed(letter.headers, letter.body, made.secret)])

    assert said == ["job.succeeded"]
    shown = json.loads(code("json")[0])
    assert _keys(shown) == _keys(json.loads(letter.body))


def run_page(folder: Path, requests: list[dict[str, Any]]) -> list[str]:
    """What the page's function makes of each request."""
    [shown] = code("javascript")
    for name, text in (("page.mjs", shown), ("run.mjs", HARNESS), ("requests.json", json.dumps(requests))):
        (folder / name).write_text(text, "utf-8")
    done = subprocess.run(
        [str(tools.node().binary), "run.mjs"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_BOUND,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def packed(headers: Mapping[str, str], body: bytes, secret: str = SECRET) -> dict[str, Any]:
    return {"headers": dict(headers), "body": base64.b64encode(body).decode(), "secret": secret}


def _keys(value: Any) -> Any:
    return {name: _keys(inner) for name, inner in value.items() if name != "metadata"} if isinstance(value, dict) else 0


def test_the_times_that_are_told_are_the_schedules() -> None:
    assert (
        *(5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE),
        *(2 * HOUR, 5 * HOUR, 10 * HOUR),
    ) == schedule.DELAYS
    text = " ".join(PAGE.split())
    assert "after 5 seconds, 1, 5 and 30 minutes, 2, 5 and 10 hours, then every 6 hours until 24 hours after" in text
    assert (schedule.EVERY, schedule.GIVE_UP_AFTER, schedule.SPREAD) == (6 * HOUR, 24 * HOUR, 0.2)
    assert (schedule.RETRY_AFTER_MAX, schedule.OFF_AFTER) == (HOUR, 72 * HOUR)
    assert "answer any 2xx within 10 seconds" in text
    assert POST_SECONDS == 10


def test_the_limits_and_events_that_are_told_are_those_that_hold() -> None:
    for name in EVENT_TYPES:
        assert f"`{name}`" in PAGE
    assert (ENDPOINTS_MAX, URL_CHARS_MAX) == (10, 2_048)
    assert "Ten webhooks an owner" in PAGE
    assert "2,048 characters" in PAGE
    assert json.loads(code("json")[1])["detail-type"] == list(EVENT_TYPES)
