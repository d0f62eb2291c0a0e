import json
import logging
from typing import Any

import jsonschema_rs
import pytest
from api import credits, generate, meta, start, status
from jsonschema_rs import Draft202012Validator

from easel import errors
from easel.identity.callers import SCOPES, Caller
from tests.support.doors import ANN, LAMP, Asked, a_done_job, invoke

ANNS = Caller(owner=ANN.owner, scopes=frozenset(SCOPES))

REQUESTS: dict[str, dict[str, Any]] = {
    "generate": LAMP,
    "start_job": LAMP,
    "quote": LAMP,
    "cancel_job": {"jobId": "job1"},
    "erase_job": {"jobId": "job1"},
    "erase_data": {},
    "keep_data": {},
    "upload": {"mimeType": "image/png"},
    "start_jobs": {"jobs": [{"idempotencyKey": "order-17", "request": LAMP}]},
    "get_job": {"jobId": "job1", "wait": 20},
    "get_jobs": {"jobIds": ["job1"], "wait": 20},
    "list_jobs": {"limit": 5},
    "balance": {},
    "entries": {},
    "grant": {"amount": 5},
    "adjust": {"amount": -5},
    "refund": {"jobId": "01m7vzt1pfxbywsyjm9mqt0f8y"},
}


def a_command(name: str = "start_job", **changes: Any) -> dict[str, Any]:
    event = {"command": name, "owner": ANN.owner, "request": LAMP, "idempotencyKey": "order-17", **changes}
    return {field: value for field, value in event.items() if value is not ...}


def test_a_job_is_started_for_its_owner_under_its_key(asked: Asked) -> None:
    answer = invoke(start, a_command())

    assert (answer["jobId"], answer["status"], answer["credits"]) == ("job1", "queued", {"held": 6, "available": 94})
    assert asked.names == ["start"]
    assert (asked.last["caller"], asked.last["key"], asked.last["ask"].prompt) == (ANNS, "order-17", "a ceramic lamp")


def test_an_answer_is_json_through_and_through(asked: Asked) -> None:
    asked.job = a_done_job()

    for door, name, request in [(start, "start_job", LAMP), (generate, "generate", LAMP), (status, "balance", {})]:
        assert json.dumps(invoke(door, a_command(name, request=request)))


def test_without_a_key_a_repeat_by_lambda_itself_is_still_the_same_job(asked: Asked) -> None:
    for invocation in ("inv-1", "inv-1", "inv-2"):
        invoke(start, a_command(idempotencyKey=...), invocation)

    assert [how["key"] for _, how in asked.calls] == ["invocation:inv-1", "invocation:inv-1", "invocation:inv-2"]


def test_a_job_is_read_and_canceled_and_listed(asked: Asked) -> None:
    asked.job = a_done_job()

    read = invoke(status, a_command("get_job", request={"jobId": "job1"}))
    canceled = invoke(start, a_command("cancel_job", request={"jobId": "job1"}))
    listed = invoke(status, a_command("list_jobs", request={"limit": 5}))

    assert read["images"][0]["url"].startswith("https://bucket.example/")
    assert canceled["jobId"] == "job1"
    assert (len(listed["jobs"]), listed["cursor"]) == (1, "more")
    assert asked.names == ["wait for many", "cancel", "list"]


def test_credits_are_read_and_given(asked: Asked) -> None:
    read = invoke(status, a_command("balance", request={}))
    without = invoke(status, a_command("balance", request=...))
    page = invoke(status, a_command("entries", request={"limit": 5, "cursor": "9"}))
    given = invoke(credits, a_command("grant", request={"amount": 100}))

    assert read == without
    assert (read["available"], read["held"]) == (94, 6)
    assert page == {"entries": [], "cursor": "7"}
    assert (given["owner"], given["amount"]) == (ANN.owner, 100)
    assert (asked.last["key"], asked.last["by"], asked.last["owner"]) == ("order-17", "command", ANN.owner)


def test_a_picture_is_waited_for(asked: Asked) -> None:
    asked.job = a_done_job()

    answer = invoke(generate, a_command("generate"))

    assert (answer["image"], answer["mimeType"]) == ("iVBORw==", "image/png")


def test_a_job_that_failed_is_an_error_with_its_code(asked: Asked) -> None:
    asked.error = errors.JobFailed("content_refused", "Refused.", job_id="job1", stage="input", categories=["x"])

    answer = invoke(generate, a_command("generate"))

    assert (answer["error"]["code"], answer["error"]["jobId"], answer["error"]["status"]) == (
        "content_refused",
        "job1",
        422,
    )


def test_a_grant_needs_a_key(asked: Asked) -> None:
    answer = invoke(credits, a_command("grant", request={"amount": 100}, idempotencyKey=...))

    assert answer["error"]["errors"] == [{"field": "idempotencyKey", "message": "is required"}]
    assert asked.calls == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"command": "delete_everything"}, "command"),
        ({"command": 7}, "command"),
        ({"command": None}, "command"),
        ({"command": "grant"}, "command"),  # another function's: IAM tells them apart
        ({"owner": ...}, "owner"),
        ({"owner": None}, "owner"),
        ({"owner": "ann"}, "owner"),
        ({"owner": "anonymous"}, "owner"),
        ({"owner": "user:ann"}, "owner"),
        ({"owner": "user::ann"}, "owner"),
        ({"owner": "user:local:"}, "owner"),
        ({"owner": "user:local:a b"}, "owner"),
        ({"owner": "service:"}, "owner"),
        ({"owner": "service:a:b"}, "owner"),
        ({"owner": "admin:x"}, "owner"),
        ({"owner": "user:local:ann\n"}, "owner"),
        ({"owner": ["user:local:ann"]}, "owner"),
        ({"request": ...}, "prompt"),
        ({"request": {}}, "prompt"),
        ({"request": None}, "prompt"),
        ({"request": "a lamp"}, ""),
        ({"request": []}, ""),
        ({"request": {"prompt": "a", "promt": "b"}}, "promt"),
        ({"request": {"prompt": "a", "n": "2"}}, "n"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
        ({"idempotencyKey": "a b"}, "idempotencyKey"),
        ({"idempotencyKey": "é"}, "idempotencyKey"),
        ({"idempotencyKey": "x" * 256}, "idempotencyKey"),
        ({"idempotencyKey": 17}, "idempotencyKey"),
        ({"by": "ann of payments"}, "by"),
        ({"by": 7}, "by"),
        ({"key": "order-17"}, "key"),
    ],
)
def test_a_wrong_command_is_answered_with_the_field_and_reaches_nothing(
    asked: Asked, changes: dict[str, Any], field: str
) -> None:
    answer = invoke(start, a_command(**changes))

    assert (answer["error"]["code"], answer["error"]["requestId"]) == ("invalid_request", "inv-1")
    assert answer["error"]["errors"][0]["field"] == field
    assert asked.calls == []


def test_a_command_is_a_command_even_when_it_looks_like_a_web_event(asked: Asked) -> None:
    event = {**a_command(), "requestContext": {"apiId": "a1b2c3", "authorizer": {"owner": "user:local:bob"}}}

    assert invoke(start, event)["error"]["code"] == "invalid_request"
    assert asked.calls == []


def test_reading_starting_and_moving_money_are_different_functions() -> None:
    doors = (generate, start, status, credits, meta)

    assert {door.door.name: sorted(door.door.commands) for door in doors} == {
        "generate": ["generate"],
        "start": ["cancel_job", "erase_data", "erase_job", "keep_data", "quote", "start_job", "start_jobs", "upload"],
        "status": ["balance", "entries", "get_job", "get_jobs", "list_jobs"],
        "credits": ["adjust", "grant", "refund"],
        "meta": [],
    }


@pytest.mark.parametrize("door", [generate, start, status, credits])
def test_every_command_has_a_schema_that_holds(door: Any) -> None:
    for name, command in door.door.commands.items():
        jsonschema_rs.meta.validate(command.schema)
        event = a_command(name, request=REQUESTS[name])

        Draft202012Validator(command.schema).validate(event)
        assert not Draft202012Validator(command.schema).is_valid({**event, "owner": 7})


def test_who_moves_credits_is_kept_as_the_command_says(asked: Asked) -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/payments/ann"

    invoke(credits, a_command("grant", request={"amount": 100}, by=arn))

    assert asked.last["by"] == f"command:{arn}"


def test_a_command_leaves_a_line_with_its_job_and_none_of_its_words(
    asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        invoke(start, a_command())
        invoke(start, a_command("cancel_job", request={"jobId": "job1"}))
        invoke(start, a_command("buy a lamp", request={"jobId": "a lamp"}))

    told = [vars(record) for record in caplog.records if record.message == "commanded"]
    names = ("command", "jobId", "ownerKind", "status", "requestId")
    assert [tuple(line.get(name) for name in names) for line in told] == [
        ("start_job", "job1", "user", 200, "inv-1"),
        ("cancel_job", "job1", "user", 200, "inv-1"),
        ("unknown", None, "user", 400, "inv-1"),
    ]
    assert not [line for line in told if "lamp" in repr(line) or ANN.owner in repr(line)]


@pytest.mark.parametrize(("door", "name"), [(start, "start_job"), (generate, "generate")])
def test_the_schema_of_a_command_reaches_into_its_references(door: Any, name: str) -> None:
    schema = Draft202012Validator(door.door.commands[name].schema)
    event = a_command(name)

    schema.validate({**event, "request": {**LAMP, "references": [{"url": "https://a.example/b.png"}]}})

    assert not schema.is_valid({**event, "request": {**LAMP, "references": [{"address": "b.png"}]}})


def test_a_command_is_about_a_strangers_job_only_where_it_erases_it(asked: Asked) -> None:
    refused = invoke(start, a_command("cancel_job", owner="anonymous", request={"jobId": "job1"}))
    erased = invoke(start, a_command("erase_job", owner="anonymous", request={"jobId": "job1"}, by="arn:ann"))

    assert refused["error"]["errors"][0]["field"] == "owner"
    assert erased == {"jobId": "job1", "erased": True}
    assert (asked.names, asked.last["caller"].name) == (["erase"], "command:arn:ann")
