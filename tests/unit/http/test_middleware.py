"""What every answer carries, what is logged of it, and that it says nothing of our insides."""

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from api import generate, start, status
from botocore.exceptions import ClientError

from easel import errors
from easel.errors import CallerError
from tests.support.doors import ANN, LAMP, SHOP, SITE, Asked, a_done_job, invoke, send, web_event

START = "/api/aiimage/start"


SECRETIVE = [
    RuntimeError("the prompt was: my secret"),
    KeyError("my secret"),
    ClientError({"Error": {"Code": "AccessDenied", "Message": "my secret"}}, "GetItem"),
]


@pytest.mark.parametrize("error", SECRETIVE, ids=lambda error: type(error).__name__)
def test_an_error_nobody_foresaw_is_a_500_that_says_nothing(
    asked: Asked, error: Exception, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    asked.error = error

    with caplog.at_level(logging.DEBUG):
        by_web = send(start, "POST", START, body=LAMP)
        by_command = invoke(start, {"command": "start_job", "owner": ANN.owner, "request": LAMP})

    assert (by_web.status, by_web.json["code"]) == (500, "internal")
    assert by_command["error"]["code"] == "internal"
    logged = capsys.readouterr().out + caplog.text
    assert "secret" not in by_web.text + json.dumps(by_command) + logged


def test_what_the_operator_is_told_has_kind_place_and_request(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    asked.error = ClientError({"Error": {"Code": "AccessDenied"}}, "GetItem")

    with caplog.at_level(logging.ERROR):
        send(start, "POST", START, body=LAMP)

    told = vars(caplog.records[-1])
    assert (told["kind"], told["aws"], told["requestId"]) == ("ClientError", "GetItem: AccessDenied", "req-1")
    assert any("start.py" in place for place in told["where"])


@pytest.mark.parametrize(
    ("door", "method", "path", "options"),
    [
        (start, "POST", START, {"body": LAMP, "caller": SHOP}),
        (generate, "POST", "/api/generate-images", {"body": LAMP, "caller": SHOP}),
        (start, "POST", "/api/aiimage/jobs/job1/cancel", {"caller": SHOP}),
        (status, "GET", "/api/aiimage/status/job1", {"caller": SHOP}),
    ],
)
def test_a_request_leaves_a_line_with_its_job_and_its_key(
    asked: Asked, caplog: pytest.LogCaptureFixture, door: Any, method: str, path: str, options: dict[str, Any]
) -> None:
    asked.job = a_done_job()

    with caplog.at_level(logging.INFO):
        send(door, method, path, **options)

    [told] = [vars(record) for record in caplog.records if record.message == "answered"]
    assert (told["jobId"], told["requestId"], told["keyId"], told["ownerKind"]) == ("job1", "req-1", "k1", "service")
    assert SHOP.owner not in repr(told)


def test_a_line_names_no_job_where_a_path_names_something_else(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        send(status, "GET", "/api/aiimage/status/My-Secret")

    [told] = [vars(record) for record in caplog.records if record.message == "answered"]
    assert "jobId" not in told


@pytest.mark.parametrize("origin", [SITE, "https://evil.example", None])
@pytest.mark.parametrize("error", [None, errors.Busy("Try again.")])
def test_only_allowed_sites_may_read_answers_and_errors(
    asked: Asked, origin: str | None, error: CallerError | None
) -> None:
    asked.error = error

    answer = send(start, "POST", START, body=LAMP, headers={"Origin": origin} if origin else {})

    assert answer.headers.get("access-control-allow-origin") == (SITE if origin == SITE else None)
    assert answer.headers["vary"] == "Origin"
    if origin == SITE:
        exposed = set(answer.headers["access-control-expose-headers"].split(", "))
        assert {"Location", "Retry-After", "ETag", "X-Request-Id", "Idempotency-Replayed"} <= exposed


def test_answers_are_kept_by_nobody_and_taken_for_what_they_are(asked: Asked) -> None:
    answer = send(start, "POST", START, body=LAMP)

    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_a_request_without_an_id_of_the_gateway_gets_one(asked: Asked) -> None:
    event = web_event("GET", "/nowhere", caller=ANN)
    del event["requestContext"]["requestId"]

    first, second = (start.handler(event, SimpleNamespace())["headers"]["x-request-id"] for _ in range(2))

    assert len(first) == 36
    assert first != second
