import base64
from typing import Any

import pytest
from api import generate

from easel.jobs.model import Failure, Status
from easel.providers.protocol import Outcome
from easel.submission.request import QuickRequest
from tests.support.doors import LAMP, NOBODY, SHOP, STRANGER, Asked, a_done_job, a_job, send
from tests.support.fakes import NOON

PATH = "/api/generate-images"
SILVER_CAMERA = {
    "prompt": "Editorial product shot of a silver camera on a soft gray desk, crisp studio lighting, premium ad style",
    "provider": "openai",
    "modelId": "dall-e-3",
    "aspectRatio": "1:1",
}
MOONLIT_CITY = {
    "prompt": "Minimalist poster of a moonlit city skyline, clean contrast, cinematic mood",
    "provider": "openai",
    "modelId": "dall-e-3",
    "aspectRatio": "3:2",
}


def ask(body: Any = LAMP, **options: Any) -> Any:
    return send(generate, "POST", PATH, body=body, **options)


@pytest.mark.parametrize("body", [SILVER_CAMERA, MOONLIT_CITY])
def test_the_contracts_bodies_are_answered_with_the_picture(asked: Asked, body: dict[str, Any]) -> None:
    asked.job = a_done_job()

    answer = ask(body)

    assert answer.status == 200
    assert answer.json == {
        "provider": "openai",
        "image": base64.b64encode(b"\x89PNG").decode(),
        "mimeType": "image/png",
        "width": 1024,
        "height": 1024,
        "modelId": "gpt-image-2",
        "servedModelId": "openai-model",
        "requestedModelId": "dall-e-3",
        "attempts": [
            {
                "provider": "openai",
                "model": "openai-model",
                "outcome": "delivered",
                "startedAt": "2026-10-28T12:00:00.000Z",
                "milliseconds": 7000,
            }
        ],
        "jobId": "job1",
        "warnings": ["dall-e-3 was retired on 2026-05-12; gpt-image-2 served this"],
    }


def test_what_was_sent_reaches_the_use_case_and_it_may_wait_24_seconds(asked: Asked) -> None:
    ask({**LAMP, "quality": "low"}, headers={"Idempotency-Key": "order-17"})

    assert isinstance(asked.last["ask"], QuickRequest)
    assert (asked.last["ask"].quality, asked.last["key"], asked.last["until"]) == ("low", "order-17", NOON + 24_000)


def test_nobody_may_ask_where_the_stage_says_so_and_is_given_a_token(asked: Asked) -> None:
    asked.job_token = "t0ken"

    answer = ask(caller=STRANGER)

    assert answer.status == 202
    assert answer.json["jobToken"] == "t0ken"
    assert asked.last["caller"].anonymous


def test_nobody_is_asked_to_sign_in_elsewhere(asked: Asked) -> None:
    answer = ask(caller=NOBODY)

    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
    assert asked.calls == []


def test_a_key_without_the_scope_is_forbidden(asked: Asked) -> None:
    reader = SHOP.__class__(owner="service:shop", scopes=frozenset({"read"}), account="shop", key_id="k1")

    answer = ask(caller=reader)

    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    assert asked.calls == []


def test_a_picture_by_link_where_that_was_asked_or_it_is_too_large(asked: Asked) -> None:
    asked.job = a_done_job()
    by_wish = ask({**LAMP, "imageFormat": "url"}).json

    asked.content = None
    by_size = ask().json

    for answer in (by_wish, by_size):
        assert (answer["image"], answer["imageUrl"]) == (None, "https://bucket.example/job1/0/image")


def test_what_is_not_ready_in_time_is_answered_with_where_to_ask(asked: Asked) -> None:
    asked.job = a_job(status=Status.RUNNING)

    answer = ask()

    address = "https://images.example/api/aiimage/status/job1"
    assert answer.status == 202
    assert (answer.headers["location"], answer.headers["retry-after"]) == (address, "2")
    assert (answer.json["image"], answer.json["provider"], answer.json["jobId"]) == (None, None, "job1")
    assert (answer.json["status"], answer.json["statusUrl"], answer.json["retryAfterSeconds"]) == (
        "running",
        address,
        2,
    )
    assert "jobToken" not in answer.json


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("content_refused", 422),
        ("invalid_reference", 400),
        ("providers_unavailable", 503),
        ("provider_misconfigured", 503),
        ("deadline_exceeded", 504),
        ("internal", 500),
    ],
)
def test_a_job_that_fails_in_time_is_a_problem_with_its_id(asked: Asked, code: str, status: int) -> None:
    asked.job = a_job(status=Status.FAILED, failure=Failure(code=code, message="Why."), returned=6)

    answer = ask()

    assert (answer.status, answer.json["code"], answer.json["jobId"]) == (status, code, "job1")
    assert answer.json["detail"] == "Why. Its credits are back."


def test_a_refusal_says_at_which_stage_and_of_what_kind(asked: Asked) -> None:
    failure = Failure(code="content_refused", message="No.", stage="input", categories=("violence",))
    asked.job = a_job(status=Status.FAILED, failure=failure)

    answer = ask()

    assert (answer.json["stage"], answer.json["categories"]) == ("input", ["violence"])


def test_a_job_canceled_meanwhile_is_a_conflict(asked: Asked) -> None:
    asked.job = a_job(status=Status.CANCELED)

    answer = ask()

    assert (answer.status, answer.json["code"], answer.json["jobId"]) == (409, "canceled", "job1")


def test_a_replay_says_so(asked: Asked) -> None:
    asked.job, asked.replayed = a_done_job(), True

    assert ask().headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    "body",
    [{"prompt": ""}, {"prompt": "a", "n": 2}, {"prompt": "a", "webhookUrl": "http://x.example"}, {"model": "a"}],
)
def test_a_wrong_body_reaches_nothing(asked: Asked, body: dict[str, Any]) -> None:
    assert ask(body).status == 400
    assert asked.calls == []


def test_a_picture_that_another_model_made_says_so(asked: Asked) -> None:
    job = a_done_job(model_id="flux-2-turbo", requested_model_id="flux-2-turbo")
    failed = job.attempts[0].model_copy(
        update={"provider": "fal", "model": "flux-2-turbo", "outcome": Outcome.UNAVAILABLE, "images": ()}
    )
    made = job.attempts[0].model_copy(update={"number": 2, "model": "gpt-image-2"})
    asked.job = job.model_copy(update={"attempts": (failed, made)})

    answer = ask(LAMP)

    assert (answer.json["modelId"], answer.json["servedModelId"]) == ("flux-2-turbo", "gpt-image-2")
    told = [(one["provider"], one["model"], one["outcome"]) for one in answer.json["attempts"]]
    assert told == [("fal", "flux-2-turbo", "unavailable"), ("openai", "gpt-image-2", "delivered")]
