"""Problems: every error has its status, its shape and its remedy."""

import pytest
from api import start

from easel import errors
from easel.errors import CallerError
from easel.http import problems
from easel.http.problems import ANSWERS
from tests.support.doors import LAMP, Asked, send

START = "/api/aiimage/start"


def every_error() -> list[CallerError]:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CallerError)]
    plain = [kind("What to do.") for kind in kinds if kind is not errors.JobFailed]
    codes = ("providers_unavailable", "provider_misconfigured", "deadline_exceeded", "canceled", "internal")
    return plain + [errors.JobFailed(code, "What to do.", job_id="job1") for code in codes]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: f"{type(error).__name__}-{error.code}")
def test_every_error_has_its_status_and_the_shape_of_a_problem(asked: Asked, error: CallerError) -> None:
    asked.error = error

    answer = send(start, "POST", START, body=LAMP, forced=True)

    expected = {
        "type": f"urn:easel:error:{error.code}",
        "title": ANSWERS[error.code].title,
        "status": ANSWERS[error.code].status,
        "code": error.code,
        "detail": error.detail,
        "requestId": "req-1",
    }
    assert answer.status == ANSWERS[error.code].status
    members = answer.json
    told = members.pop("error")
    assert members == {**expected, **error.facts}
    assert told["message"] == error.detail
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "req-1"


def test_every_code_of_the_table_is_some_errors_and_the_other_way_round() -> None:
    assert {error.code for error in every_error()} == set(ANSWERS)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("invalid_request", 400),
        ("unknown_model", 400),
        ("unsupported_option", 400),
        ("invalid_reference", 400),
        ("invalid_json", 400),
        ("unauthenticated", 401),
        ("insufficient_credits", 402),
        ("forbidden", 403),
        ("origin_not_allowed", 403),
        ("not_found", 404),
        ("method_not_allowed", 405),
        ("job_not_cancelable", 409),
        ("canceled", 409),
        ("job_erased", 410),
        ("payload_too_large", 413),
        ("unsupported_media_type", 415),
        ("content_refused", 422),
        ("idempotency_key_reused", 422),
        ("rate_limited", 429),
        ("too_many_jobs_in_flight", 429),
        ("daily_limit_reached", 429),
        ("internal", 500),
        ("busy", 503),
        ("spending_paused", 503),
        ("providers_unavailable", 503),
        ("provider_misconfigured", 503),
        ("deadline_exceeded", 504),
    ],
)
def test_the_statuses_are_those_of_the_contract(code: str, status: int) -> None:
    assert ANSWERS[code].status == status


def test_too_many_is_always_told_when_to_come_back() -> None:
    for code, answer in ANSWERS.items():
        error = errors.JobFailed(code, "", job_id="job1")
        assert (answer.status == 429) <= ("Retry-After" in problems.headers(error))

    assert problems.headers(errors.Busy("", retry_after_seconds=9))["Retry-After"] == "9"


def test_facts_and_fields_are_members_of_the_problem(asked: Asked) -> None:
    asked.error = errors.InsufficientCredits("Add credits.", required=6, available=2, buyUrl=None)
    poor = send(start, "POST", START, body=LAMP)

    wrong = send(start, "POST", START, body={"prompt": "a", "n": 0})

    assert (poor.json["required"], poor.json["available"]) == (6, 2)
    assert "buyUrl" not in poor.json
    assert wrong.json["errors"] == [{"field": "n", "message": "must be at least 1"}]
