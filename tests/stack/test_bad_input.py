"""Requests that cannot be served: each is refused by name, nothing is held, nothing is called."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.stack.client import Client
from tests.stack.stack import Stack

JSON = {"Content-Type": "application/json"}
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("no prompt", {}, "invalid_request", "prompt"),
    ("an empty prompt", {"prompt": ""}, "invalid_request", "prompt"),
    ("a prompt of spaces", {"prompt": " \n "}, "invalid_request", "prompt"),
    ("a prompt too long", {"prompt": "x" * 32_001}, "invalid_request", "prompt"),
    ("a prompt that is a number", {"prompt": 7}, "invalid_request", "prompt"),
    ("an unknown field", {"prompt": "a", "promt": "b"}, "invalid_request", "promt"),
    ("a wrong type", {"prompt": "a", "n": "2"}, "invalid_request", "n"),
    ("a boolean for a number", {"prompt": "a", "n": True}, "invalid_request", "n"),
    ("too many images", {"prompt": "a", "n": 11}, "invalid_request", "n"),
    ("no images", {"prompt": "a", "n": 0}, "invalid_request", "n"),
    ("a mode nobody knows", {"prompt": "a", "mode": "video"}, "invalid_request", "mode"),
    ("a mode without its reference", {"prompt": "a", "mode": "image_to_image"}, "invalid_request", "references"),
    ("a mode and model at odds", {"prompt": "a", "mode": "image_to_image", "modelId": "gpt-image-2-t2i"}, "", ""),
    ("a feature nobody knows", {"prompt": "a", "featureId": "ai-cat"}, "invalid_request", "featureId"),
    ("a ratio too wide", {"prompt": "a", "aspectRatio": "4:1"}, "invalid_request", "aspectRatio"),
    ("a ratio that is none", {"prompt": "a", "aspectRatio": "wide"}, "invalid_request", "aspectRatio"),
    ("ratio and size", {"prompt": "a", "aspectRatio": "1:1", "size": "1024x1024"}, "invalid_request", "aspectRatio"),
    ("an illegal size", {"prompt": "a", "size": "1000x1000"}, "unsupported_option", ""),
    ("a size too small", {"prompt": "a", "size": "512x512"}, "unsupported_option", ""),
    ("a quality nobody knows", {"prompt": "a", "quality": "best"}, "invalid_request", "quality"),
    (
        "a quality the model lacks",
        {"prompt": "a", "quality": "max"},
        "unsupported_option",
        "",
    ),
    ("a resolution nobody knows", {"prompt": "a", "resolution": "8k"}, "invalid_request", "resolution"),
    ("a format nobody knows", {"prompt": "a", "outputFormat": "gif"}, "invalid_request", "outputFormat"),
    ("a compression out of range", {"prompt": "a", "outputCompression": 101}, "invalid_request", "outputCompression"),
    ("a background nobody knows", {"prompt": "a", "background": "blue"}, "invalid_request", "background"),
    (
        "a transparent jpeg",
        {"prompt": "a", "background": "transparent", "outputFormat": "jpeg"},
        "unsupported_option",
        "",
    ),
    ("a provider nobody knows", {"prompt": "a", "provider": "acme"}, "invalid_request", "provider"),
    ("fallback that is no boolean", {"prompt": "a", "fallback": "no"}, "invalid_request", "fallback"),
    ("a priority nobody knows", {"prompt": "a", "priority": "speed"}, "invalid_request", "priority"),
    ("metadata too long", {"prompt": "a", "metadata": {"k": "v" * 513}}, "invalid_request", "metadata"),
    ("too much metadata", {"prompt": "a", "metadata": {str(i): "" for i in range(17)}}, "invalid_request", "metadata"),
    ("a reference that is no image", {"prompt": "a", "references": [{"data": "data:text/plain;base64,eA=="}]}, "", ""),
    ("too many references", {"prompt": "a", "references": [{"data": "x"}] * 17}, "", "references"),
    ("a mask without a reference", {"prompt": "a", "mask": {"data": "x"}}, "", "mask"),
    ("previews", {"prompt": "a", "previews": 4}, "invalid_request", "previews"),
    ("a model of another company", {"prompt": "a", "modelId": "imagen-2"}, "unknown_model", ""),
    ("a model nobody knows", {"prompt": "a", "modelId": "gpt-imag-2"}, "unknown_model", ""),
]


@pytest.fixture
def ann(stack: Stack) -> Client:
    return stack.someone(credits=30)


@pytest.fixture
def untouched(stack: Stack, ann: Client) -> Callable[[], None]:
    """Says after a refusal that nothing was held and nothing called."""

    def check() -> None:
        assert ann.credits()["available"] == 30
        assert ann.jobs()["jobs"] == []
        if stack.local:
            assert not stack.first.calls()

    return check


def test_each_field_is_refused_by_name_with_nothing_held(ann: Client, untouched: Callable[[], None]) -> None:
    """One test for all rows: a stack's answer takes tens of milliseconds, a new owner for each row would not."""
    wrong = []
    for what, body, code, field in REFUSED:
        answer = ann.ask("POST", "/api/aiimage/start", body=body)
        problem = answer.json
        named = [error["field"] for error in problem.get("errors", [])]
        fits = 400 <= answer.status < 500 and (not code or problem.get("code") == code)
        if not fits or (field and not any(name.startswith(field) for name in named)):
            wrong.append((what, answer.status, problem))
    assert not wrong
    untouched()


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{nonsense", JSON, 400, "invalid_json"),
        (b"[]", JSON, 400, "invalid_json"),
        (b'{"prompt": "\xff\xfe"}', JSON, 400, "invalid_json"),
        (b"", JSON, 400, "invalid_json"),
        (b'{"prompt": "a"}', {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"prompt": "' + b"x" * 4_700_000 + b'"}', JSON, 413, "payload_too_large"),
    ],
    ids=["broken", "list", "not UTF-8", "empty", "another type", "too large"],
)
def test_a_body_that_cannot_be_read_is_refused(
    ann: Client,
    untouched: Callable[[], None],
    content: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    ann.ask("POST", "/api/aiimage/start", content=content, headers=headers).refused(status, code)

    untouched()


@pytest.mark.parametrize("bearer", ["", "rubbish", "a.b.c", "easel_nobody_nothing", "eyJhbGciOiJub25lIn0.e30."])
def test_missing_and_broken_credentials_are_refused(stack: Stack, bearer: str) -> None:
    who = Client(stack.url, "", {"Authorization": f"Bearer {bearer}"} if bearer else {})

    who.starting().refused(401, "unauthenticated")
    who.get("/api/credits").refused(401, "unauthenticated")
    who.get("/api/aiimage/jobs").refused(401, "unauthenticated")


def test_someone_elses_job_looks_like_none_at_all(stack: Stack, ann: Client) -> None:
    bob = stack.someone(credits=0)
    job = ann.start()
    missing = bob.get("/api/aiimage/status/01m7vzt1pfxbywsyjm9mqt0f8y").refused(404, "not_found")

    foreign = bob.get(f"/api/aiimage/status/{job['jobId']}").refused(404, "not_found")

    assert {**foreign, "requestId": ""} == {**missing, "requestId": ""}
    bob.cancel(job).refused(404, "not_found")
    bob.get(f"/api/aiimage/jobs/{job['jobId']}/images/0").refused(404, "not_found")
    assert ann.wait(job)["status"] == "succeeded"


def test_strangers_jobs_are_shown_by_their_token_alone(stack: Stack) -> None:
    if stack.local is None:
        pytest.skip("strangers are let in on the local stages only")
    stack.first.play("slow", seconds=5)
    started = stack.nobody.generate(prompt="a stranger's lighthouse in heavy rain").expect(200, 202)

    stack.nobody.get(f"/api/aiimage/status/{started['jobId']}").refused(404, "not_found")
    if token := started.get("jobToken"):
        shown = stack.nobody.ask("GET", f"/api/aiimage/status/{started['jobId']}", headers={"Easel-Job-Token": token})
        assert shown.expect(200)["jobId"] == started["jobId"]


def test_without_credits_a_start_is_refused_with_the_numbers(stack: Stack) -> None:
    problem = stack.someone(credits=5).starting().refused(402, "insufficient_credits")

    assert (problem["required"], problem["available"]) == (6, 5)


def test_what_is_not_there_is_said_so_in_the_same_form(stack: Stack) -> None:
    stack.nobody.get("/api/nothing").refused(404, "not_found")
