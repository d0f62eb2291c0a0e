"""Providers that fail, refuse or are busy, through the deployed workflow and the real SDK."""

import pytest

from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins


def test_a_provider_that_answers_500_is_followed_by_the_next_and_charged_once(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("error", times=None)

    job = ann.wait(ann.start())

    assert job["status"] == "succeeded"
    assert job["provider"] == "openai_compatible"
    assert [(a["provider"], a["outcome"]) for a in job["attempts"]] == [
        ("openai", "unavailable"),
        ("openai_compatible", "delivered"),
    ]
    assert ann.credits()["available"] == 30 - job["charge"]["charged"]
    assert [entry["kind"] for entry in ann.entries()] == ["settle", "hold", "grant"]
    assert len(stack.first.calls()) == len(stack.second.calls()) == 1


def test_a_refused_prompt_fails_gives_the_credits_back_and_makes_one_call(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("refuse", times=None)

    job = ann.wait(ann.start())

    assert (job["status"], job["error"]["code"]) == ("failed", "content_refused")
    assert ann.credits()["available"] == 30
    assert len(stack.first.calls()) == 1
    assert not stack.second.calls()


def test_with_both_providers_down_the_job_fails_and_the_credits_come_back(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("error", times=None)
    stack.second.play("overloaded", times=None)

    job = ann.wait(ann.start())

    assert (job["status"], job["error"]["code"]) == ("failed", "providers_unavailable")
    assert ann.credits()["available"] == 30
    assert ann.credits()["held"] == 0


def test_a_quick_picture_that_fails_says_why_and_names_its_job(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("refuse")

    problem = ann.generate().refused(422, "content_refused")

    assert ann.status(problem)["status"] == "failed"
    assert ann.credits()["available"] == 30


def test_a_busy_provider_is_waited_for_when_it_is_the_only_one(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("busy", times=1, retry_after=2)

    job = ann.wait(ann.start(provider="openai", fallback=False))

    assert job["status"] == "succeeded"
    assert [a["outcome"] for a in job["attempts"]] == ["busy", "delivered"]


def test_a_provider_that_never_answers_is_left_for_the_next(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("hang", times=1)

    job = ann.wait(ann.start())

    assert job["status"] == "succeeded"
    assert [a["outcome"] for a in job["attempts"]] == ["unknown", "delivered"]


@pytest.mark.parametrize("fault", ["empty", "corrupt", "reset", "edge"])
def test_an_answer_without_an_image_is_not_a_success(stack: Stack, fault: str) -> None:
    ann = stack.someone(credits=30)
    stack.first.play(fault)

    job = ann.wait(ann.start())

    assert job["status"] == "succeeded"
    assert job["provider"] == "openai_compatible"
    assert len(stack.first.calls()) == 1


def test_missing_images_are_made_by_the_next_provider(stack: Stack) -> None:
    ann = stack.someone(credits=60)
    stack.first.play("short", count=2)

    job = ann.wait(ann.start(n=4))

    assert len(job["images"]) == 4
    assert [a["provider"] for a in job["attempts"]] == ["openai", "openai_compatible"]


def test_a_key_the_provider_refuses_is_not_the_callers_fault(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("bad_key")
    stack.second.play("bad_key")

    job = ann.wait(ann.start())

    assert job["error"]["code"] == "provider_misconfigured"
    assert ann.credits()["available"] == 30
