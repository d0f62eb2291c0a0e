"""Several providers on the deployed stack: one with a queue, one that makes one image a call, one that streams."""

import re
import time
from typing import Any

import pytest

from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins

BILLED = re.compile(r"Billed Duration: (\d+) ms")
TASK_SECONDS = 30  # the lease of the stage `test` is 14: the task outlives it twice


def billed(stack: Stack, *, since: float) -> list[int]:
    """What each run of Attempt was billed since then, in milliseconds."""
    group = stack.aws("lambda").get_function_configuration(FunctionName=stack.function_name("attempt"))["LoggingConfig"]
    found = stack.aws("logs").filter_log_events(
        logGroupName=group["LogGroup"], startTime=round(since * 1_000), filterPattern=""
    )
    return [int(match[1]) for event in found["events"] if (match := BILLED.search(event["message"]))]


def test_nobody_waits_for_a_queue(stack: Stack, record_property: Any) -> None:
    ann = stack.someone(credits=30)
    ann.wait(ann.start(modelId="flux-2-turbo", fallback=False))  # a worker that has started
    stack.second.play("later", seconds=TASK_SECONDS)
    started = time.time()

    job = ann.wait(ann.start(modelId="flux-2-turbo", fallback=False))

    assert (job["status"], job["provider"]) == ("succeeded", "fal")
    assert time.time() - started >= TASK_SECONDS
    runs = billed(stack, since=started)
    record_property("billed_milliseconds", runs)
    assert len(runs) >= 5
    assert sum(runs) < 2_000
    assert len(job["attempts"]) == 1
    assert len(stack.second.calls()) == 2


def test_a_queues_task_outlives_the_worker_that_handed_it_in(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.second.play("later", seconds=6)
    job = ann.start(modelId="flux-2-turbo", fallback=False)
    while not stack.second.calls():
        time.sleep(0.1)

    stack.faults.kill(stack.function_name("attempt"), busy=None)

    assert ann.wait(job)["status"] == "succeeded"
    assert len(stack.second.calls()) <= 2


def test_a_provider_of_one_image_a_call_keeps_its_two_and_the_next_makes_two(stack: Stack) -> None:
    ann = stack.someone(credits=60)
    stack.second.play("success", times=2)
    stack.second.play("error", times=None)

    job = ann.wait(ann.start(n=4, provider="openai_compatible"))

    assert [(a["provider"], a["outcome"]) for a in job["attempts"]] == [
        ("openai_compatible", "delivered"),
        ("openai", "delivered"),
    ]
    assert len(job["images"]) == 4
    assert job["charge"]["charged"] == 2 * 4 + 2 * 6
    assert ann.credits()["available"] == 60 - 20


def test_with_nobody_left_two_of_four_are_charged_with_a_warning(stack: Stack) -> None:
    ann = stack.someone(credits=60)
    stack.second.play("success", times=2)
    for each in (stack.first, stack.second):
        each.play("error", times=None)

    job = ann.wait(ann.start(n=4, provider="openai_compatible"))

    assert (job["status"], len(job["images"]), job["charge"]["charged"]) == ("succeeded", 2, 8)
    assert "2 of 4 images could be made; only those are charged" in job["warnings"]


def test_previews_are_there_while_it_runs(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("drip", seconds=4)
    job = ann.start(previews=2)
    seen: set[str] = set()

    while (now := ann.status(job))["status"] not in ("succeeded", "failed"):
        for preview in now["previews"]:
            answer = ann.get(preview["url"])
            assert answer.status == 200
            seen.add(preview["url"].partition("?")[0])
        time.sleep(0.3)

    assert len(seen) == 2
    assert now["previews"] == []
    assert now["status"] == "succeeded"
