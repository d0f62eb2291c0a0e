"""The edge that all doors share: what is believed, what is refused, and how every answer looks."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from api import credits, generate, meta, session, start, status

from tests.support.doors import LAMP, NOBODY, SHOP, Asked, a_done_job, invoke, send, web_event
from tests.support.fakes import NOON

START = "/api/aiimage/start"


@pytest.mark.parametrize("door", [start, generate, status, credits, meta])
def test_an_address_that_is_not_there_and_a_method_that_is_not_are_told_in_our_shape(asked: Asked, door: Any) -> None:
    nowhere = send(door, "GET", "/api/nowhere")
    path = next(iter(door.app.routes)).path.replace("{jobId}", "job1")
    wrong = send(door, "PATCH", path)

    assert (nowhere.status, nowhere.json["code"]) == (404, "not_found")
    assert (wrong.status, wrong.json["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] in {"GET, HEAD", "POST"}
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
