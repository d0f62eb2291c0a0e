"""The edge that all doors share: what is believed, what is refused, and how every answer looks."""

import gzip
import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from api import credits, generate, meta, session, start, status
from botocore.exceptions import ClientError

from easel import errors
from easel.errors import CallerError
from easel.http import problems
from easel.http.problems import ANSWERS
from tests.support.doors import ANN, LAMP, NOBODY, SHOP, SITE, Asked, a_done_job, invoke, send, web_event
from tests.support.fakes import NOON

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


@pytest.mark.parametrize("door", [start, generate, status, credits, meta])
def test_an_address_that_is_not_there_and_a_method_that_is_not_are_told_in_our_shape(asked: Asked, door: Any) -> None:
    nowhere = send(door, "GET", "/api/nowhere")
    path = next(iter(door.app.routes)).path.replace("{jobId}", "job1")
    wrong = send(door, "PATCH", path)

    assert (nowhere.status, nowhere.json["code"]) == (404, "not_found")
    assert (wrong.status, wrong.json["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] in {"GET, HEAD", "POST"}
    assert asked.calls == []


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_a_body_that_is_not_called_json_is_refused(asked: Asked, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    event = web_event("POST", START, body=json.dumps(LAMP).encode())
    event["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    event["headers"] = headers

    answer = start.handler(event, SimpleNamespace())

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (415, "unsupported_media_type")
    assert asked.calls == []


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_read_however_it_is_called(asked: Asked, content_type: str) -> None:
    assert send(start, "POST", START, body=LAMP, headers={"Content-Type": content_type}).status == 202


def test_a_body_over_the_limit_is_told_the_limit_and_what_to_do(asked: Asked) -> None:
    answer = send(start, "POST", START, body=b" " * 4_400_001)

    assert (answer.status, answer.json["code"], answer.json["limitBytes"]) == (413, "payload_too_large", 4_400_000)
    assert "smaller" in answer.json["remedy"]
    assert asked.calls == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"prompt": "\xff"}'])
def test_a_body_that_is_no_json_object_is_refused(asked: Asked, raw: bytes) -> None:
    answer = send(start, "POST", START, body=raw)

    assert (answer.status, answer.json["code"]) == (400, "invalid_json")
    assert asked.calls == []


FORGERIES: dict[str, Any] = {
    "of another gateway": lambda event: event["requestContext"].update(apiId="other"),
    "of no gateway": lambda event: event["requestContext"].pop("apiId"),
    "without context": lambda event: event.pop("requestContext"),
    "with a context that is none": lambda event: event.update(requestContext="a1b2c3"),
    "without method": lambda event: event.pop("httpMethod"),
    "without path": lambda event: event.update(path=None),
    "without authorizer": lambda event: event["requestContext"].pop("authorizer"),
    "with an authorizer of text": lambda event: event["requestContext"].update(authorizer="ann"),
    "for another owner": lambda event: event["requestContext"]["authorizer"].update(owner="user:local:bob"),
    "with more scopes": lambda event: event["requestContext"]["authorizer"].update(scopes="generate grant read"),
    "without proof": lambda event: event["requestContext"]["authorizer"].pop("proof"),
    "with a made up proof": lambda event: event["requestContext"]["authorizer"].update(proof="0" * 64),
    "from an hour ago": lambda event: event["requestContext"]["authorizer"].update(issuedAt=str(NOON - 3_600_000)),
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("door", [start, generate, status, credits])
def test_a_forged_web_event_is_refused_and_reaches_nothing(asked: Asked, door: Any, forgery: str) -> None:
    event = web_event("POST", START, body=LAMP)
    FORGERIES[forgery](event)

    answer = door.handler(event, SimpleNamespace())

    assert set(answer) == {"error"}
    assert answer["error"]["code"] in {"invalid_request", "unauthenticated"}
    assert asked.calls == []


@pytest.mark.parametrize("event", [{}, {"Records": []}, {"version": "2.0", "rawPath": "/"}, {"requestContext": {}}])
def test_what_is_neither_command_nor_web_event_is_answered_as_an_error(asked: Asked, event: dict[str, Any]) -> None:
    for door in (start, generate, status, credits, meta):
        assert invoke(door, event)["error"]["code"] == "invalid_request"


@pytest.mark.parametrize(
    ("door", "method", "path"),
    [
        (generate, "POST", "/api/generate-images"),
        (start, "POST", START),
        (start, "POST", "/api/ai-image"),
        (start, "POST", "/api/aiimage/jobs/job1/cancel"),
        (status, "GET", "/api/aiimage/jobs"),
        (status, "GET", "/api/aiimage/status/job1"),
        (status, "GET", "/api/aiimage/jobs/job1/images/0"),
        (status, "GET", "/api/credits"),
        (status, "GET", "/api/credits/entries"),
        (credits, "POST", "/api/credits/grants"),
    ],
)
def test_credentials_that_do_not_hold_are_refused(asked: Asked, door: Any, method: str, path: str) -> None:
    why = {"code": "unauthenticated", "problem": "The token has expired."}

    answer = send(door, method, path, body=LAMP, caller=NOBODY, **why)

    assert (answer.status, answer.json["code"], answer.json["detail"]) == (
        401,
        "unauthenticated",
        "The token has expired.",
    )
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert asked.calls == []


def test_credentials_that_could_not_be_checked_are_worth_another_try(asked: Asked) -> None:
    answer = send(start, "POST", START, body=LAMP, caller=NOBODY, code="busy", problem="Try again.")

    assert (answer.status, answer.json["code"]) == (503, "busy")
    assert "retry-after" in answer.headers


def test_a_service_acts_for_a_user(asked: Asked) -> None:
    send(start, "POST", START, body=LAMP, caller=SHOP, headers={"Easel-Owner": "user:local:ann"})

    assert (asked.last["caller"].owner, asked.last["caller"].account) == ("user:local:ann", "shop")


def test_who_may_not_act_for_others_is_forbidden_to(asked: Asked) -> None:
    answer = send(start, "POST", START, body=LAMP, headers={"Easel-Owner": "user:local:bob"})

    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    assert asked.calls == []


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


def test_a_host_that_is_none_is_refused_and_nothing_breaks(asked: Asked) -> None:
    event = web_event("GET", "/healthz")
    event["multiValueHeaders"]["Host"] = ["a:b:c"]

    answer = meta.handler(event, SimpleNamespace())

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "invalid_request")


GETS = [
    (meta, "/api/models"),
    (meta, "/api/features"),
    (meta, "/openapi.json"),
    (meta, "/docs"),
    (meta, "/healthz"),
    (status, "/api/aiimage/status/job1"),
    (status, "/api/aiimage/status?jobId=job1"),
    (status, "/api/aiimage/jobs"),
    (status, "/api/aiimage/jobs/job1/images/0"),
    (status, "/api/aiimage/jobs/job1/images/7"),
    (status, "/api/credits"),
    (status, "/api/nothing"),
]


@pytest.mark.parametrize(("door", "address"), GETS)
def test_head_is_get_without_what_it_shows(asked: Asked, door: Any, address: str) -> None:
    asked.job = a_done_job()
    path, _, query = address.partition("?")
    options: dict[str, Any] = {"query": {"jobId": "job1"} if query else None}

    get, head = send(door, "GET", path, **options), send(door, "HEAD", path, **options)

    assert (head.status, dict(head.headers)) == (get.status, dict(get.headers))
    assert head.text == ""


ADDRESSES = [
    (start, "GET", "/api/aiimage/start", "POST"),
    (start, "HEAD", "/api/aiimage/start", "POST"),
    (start, "GET", "/api/ai-image", "POST"),
    (generate, "GET", "/api/generate-images", "POST"),
    (credits, "DELETE", "/api/credits/grants", "POST"),
    (session, "PUT", "/api/session", "DELETE, GET, HEAD, POST"),
    (status, "POST", "/api/aiimage/status/job1", "GET, HEAD"),
    (status, "PUT", "/api/credits", "GET, HEAD"),
    (meta, "POST", "/healthz", "GET, HEAD"),
]


@pytest.mark.parametrize(("door", "method", "path", "allowed"), ADDRESSES)
def test_a_method_that_an_address_does_not_take_is_answered_with_those_it_takes(
    asked: Asked, door: Any, method: str, path: str, allowed: str
) -> None:
    answer = send(door, method, path)

    assert (answer.status, answer.headers["allow"]) == (405, allowed)
    assert asked.calls == []
    if method != "HEAD":
        assert answer.json["code"] == "method_not_allowed"
        assert allowed in answer.json["detail"]


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "gzip, gzip", "x" * 5_000])
def test_a_packed_body_is_refused_with_the_remedy(asked: Asked, encoding: str) -> None:
    packed = gzip.compress(json.dumps(LAMP).encode())

    answer = send(start, "POST", START, body=packed, headers={"Content-Encoding": encoding})

    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")
    assert encoding[:40] in answer.json["detail"]
    assert "without that header" in answer.json["detail"]
    assert answer.headers["accept-encoding"] == "identity"
    assert asked.calls == []


def test_identity_is_no_packing(asked: Asked) -> None:
    assert send(start, "POST", START, body=LAMP, headers={"Content-Encoding": "identity"}).status == 202
