"""The `error` member: what OpenAI's clients show of a problem of any door."""

import json
from typing import Any

import pytest
from api import start, status

from easel import errors
from easel.http import openai_errors, problems
from tests.support.doors import LAMP, Asked, invoke, send

START = "/api/aiimage/start"


@pytest.mark.parametrize(
    ("error", "type_", "code"),
    [
        (errors.InvalidRequest("No."), "invalid_request_error", "invalid_value"),
        (errors.UnknownModel("No."), "invalid_request_error", "model_not_found"),
        (errors.UnsupportedOption("No."), "invalid_request_error", "unsupported_value"),
        (errors.Unauthenticated("No."), "invalid_request_error", "invalid_api_key"),
        (errors.InsufficientCredits("No."), "invalid_request_error", "insufficient_credits"),
        (errors.RateLimited("No."), "rate_limit_error", "rate_limit_exceeded"),
        (errors.TooManyJobsInFlight("No."), "rate_limit_error", "rate_limit_exceeded"),
        (errors.DailyLimitReached("No."), "rate_limit_error", "daily_limit_reached"),
        (errors.JobFailed("canceled", "No.", job_id="j"), "invalid_request_error", "job_canceled"),
        (errors.JobFailed("providers_unavailable", "No.", job_id="j"), "server_error", "providers_unavailable"),
        (errors.SpendingPaused("No."), "server_error", "spending_paused"),
        (problems.internal(), "server_error", "server_error"),
    ],
)
def test_every_problem_has_openais_words_beside_its_own(error: errors.CallerError, type_: str, code: str) -> None:
    told = problems.answer(error, "req-1")

    assert (told["error"]["type"], told["error"]["code"]) == (type_, code)
    assert told["error"]["message"] == told["detail"]
    assert told["code"] == error.code


def test_a_refusal_by_moderation_says_where_and_what(asked: Asked) -> None:
    asked.error = errors.ContentRefused("Refused.", stage="input", categories=["violence"])

    told = send(start, "POST", START, body=LAMP).json["error"]

    assert (told["type"], told["code"]) == ("image_generation_user_error", "moderation_blocked")
    assert told["moderation_details"] == {"moderation_stage": "input", "categories": ["violence"]}


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({}, "prompt", "missing_required_parameter"),
        ({"prompt": "a", "colour": 1}, "colour", "unknown_parameter"),
        ({"prompt": "a", "n": 0}, "n", "invalid_value"),
    ],
)
def test_the_field_is_the_param(asked: Asked, body: dict[str, Any], param: str, code: str) -> None:
    told = send(start, "POST", START, body=body).json["error"]

    assert (told["param"], told["code"]) == (param, code)


def test_what_no_door_knows_has_the_member_too(asked: Asked) -> None:
    assert send(status, "GET", "/api/nothing").json["error"]["code"] == "not_found"
    assert send(status, "POST", "/api/credits").json["error"]["code"] == "method_not_allowed"


def test_a_command_is_answered_without_it(asked: Asked) -> None:
    asked.error = errors.InvalidRequest("No.")

    answer = invoke(start, {"command": "start_job", "owner": "service:shop", "request": LAMP})

    assert "error" not in answer["error"]  # nothing of OpenAI's comes by lambda:Invoke


@pytest.mark.parametrize("code", problems.ANSWERS)
def test_what_a_repeat_cannot_mend_is_not_repeated_by_an_sdk(code: str) -> None:
    headers = problems.headers(errors.JobFailed(code, "", job_id="j"))

    assert headers.get("X-Should-Retry") == ("false" if code in problems.NOT_TO_BE_REPEATED else None)


def test_the_longest_refusal_stays_within_a_problems_bound() -> None:
    wide = "\N{OLD PERSIAN SIGN A}"
    fields = [(wide * 80, wide * 400)] * problems.ERRORS_MAX

    told = problems.answer(errors.InvalidRequest(wide * problems.DETAIL_CHARS_MAX, errors=fields), "r" * 36)

    assert len(json.dumps(told, ensure_ascii=False).encode()) < problems.BYTES_MAX
    assert len(told["error"]["message"]) == openai_errors.DETAIL_CHARS_MAX
