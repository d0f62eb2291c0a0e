"""A provider that is out of images per minute, and one whose breaker is open."""

import time

import pytest

from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins

RECOVERY = 10  # seconds, of the stage `test`


def counted(stack: Stack, *words: str) -> bool:
    """Whether Attempt wrote a metric with all these words lately."""
    group = stack.aws("lambda").get_function_configuration(FunctionName=stack.function_name("attempt"))["LoggingConfig"]
    found = stack.aws("logs").filter_log_events(logGroupName=group["LogGroup"], filterPattern="")
    return any(all(f'"{word}"' in event["message"] for word in words) for event in found["events"])


def test_a_provider_out_of_images_per_minute_overflows_to_the_next_within_one_job(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("busy", retry_after=30)

    job = ann.wait(ann.start())

    assert [(a["provider"], a["outcome"]) for a in job["attempts"]] == [
        ("openai", "busy"),
        ("openai_compatible", "delivered"),
    ]
    assert job["status"] == "succeeded"
    assert counted(stack, "Attempt", "openai", "busy")


def test_an_open_breaker_spares_the_provider_for_its_recovery_time(stack: Stack) -> None:
    ann = stack.someone(credits=60)
    stack.first.play("error", times=2)
    for _ in range(2):
        ann.wait(ann.start())
    opened = time.monotonic()

    spared = ann.wait(ann.start())

    assert [(a["provider"], a["outcome"]) for a in spared["attempts"]] == [
        ("openai", "skipped"),
        ("openai_compatible", "delivered"),
    ]
    assert len(stack.first.calls()) == 2
    assert counted(stack, "BreakerOpened", "openai")
    assert counted(stack, "ProviderSkipped", "openai")
    time.sleep(max(0.0, RECOVERY + 1 - (time.monotonic() - opened)))
    assert ann.wait(ann.start())["provider"] == "openai"
