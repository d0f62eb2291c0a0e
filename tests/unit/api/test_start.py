from dataclasses import replace
from typing import Any

import pytest
from api import start

from easel.errors import JobNotCancelable, NotFound
from easel.http.problems import ANSWERS
from easel.jobs.model import Failure, Status
from tests.support.doors import ANN, LAMP, NOBODY, SHOP, STRANGER, Asked, a_done_job, a_job, send
from tests.support.fakes import NOON

PATH = "/api/aiimage/start"
CERAMIC_LAMP = {
    "featureId": "ai-baby-image",
    "mode": "text_to_image",
    "modelId": "gpt-image-2-t2i",
    "prompt": "Premium product render of a ceramic lamp on a walnut side table, warm interior lighting",
    "aspectRatio": "1:1",
}


def ask(body: Any = LAMP, path: str = PATH, **options: Any) -> Any:
    return send(start, "POST", path, body=body, **options)


@pytest.mark.parametrize("path", [PATH, "/api/ai-image"])
def test_the_contracts_body_is_accepted_at_once(asked: Asked, path: str) -> None:
    answer = ask(CERAMIC_LAMP, path)

    assert answer.status == 202
    assert answer.headers["location"] == answer.json["statusUrl"] == "https://images.example/api/aiimage/status/job1"
    assert answer.headers["retry-after"] == "2"
    assert not {"idempotency-replayed", "preference-applied"} & set(answer.headers)
    assert asked.names == ["start"]
    assert (asked.last["key"], asked.last["ask"].feature_id) == (None, "ai-baby-image")


def test_a_job_needs_an_owner(asked: Asked) -> None:
    answer = ask(caller=STRANGER)

    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
    assert asked.calls == []


@pytest.mark.parametrize(
    ("prefer", "waits", "applied"),
    [
        ("wait=10", 10, "wait=10"),
        ("respond-async, wait=5", 5, "wait=5"),
        ('wait="7"', 7, "wait=7"),
        ("WAIT = 3", 3, "wait=3"),
        ("wait=600", 24, "wait=24"),
    ],
)
def test_a_caller_may_prefer_to_wait_up_to_24_seconds(asked: Asked, prefer: str, waits: int, applied: str) -> None:
    answer = ask(headers={"Prefer": prefer})

    assert (answer.status, answer.headers["preference-applied"]) == (202, applied)
    assert (asked.names, asked.last["until"]) == (["generate"], NOON + waits * 1000)


@pytest.mark.parametrize("prefer", ["", "wait=0", "wait=soon", "wait", "await=5", "return=minimal"])
def test_other_preferences_are_ignored(asked: Asked, prefer: str) -> None:
    answer = ask(headers={"Prefer": prefer})

    assert "preference-applied" not in answer.headers
    assert asked.names == ["start"]


def test_a_job_that_ended_while_waiting_comes_whole(asked: Asked) -> None:
    asked.job = a_done_job()

    answer = ask(headers={"Prefer": "wait=20"})

    assert answer.status == 200
    assert (answer.json["status"], answer.json["credits"]) == ("succeeded", {"held": 6, "available": 94})
    assert answer.json["images"][0]["url"] == "https://bucket.example/job1/0/image"
    assert "retry-after" not in answer.headers


def test_a_job_that_failed_while_waiting_is_a_job_all_the_same(asked: Asked) -> None:
    asked.job = a_job(status=Status.FAILED, failure=Failure(code="content_refused", message="No."))

    answer = ask(headers={"Prefer": "wait=20"})

    assert (answer.status, answer.json["status"], answer.json["error"]["code"]) == (200, "failed", "content_refused")


def test_a_replay_has_this_routes_shape_and_says_so(asked: Asked) -> None:
    asked.job, asked.replayed = a_done_job(), True

    answer = ask(headers={"Idempotency-Key": "order-17"})

    assert (answer.status, answer.json["status"], answer.headers["idempotency-replayed"]) == (202, "succeeded", "true")
    assert answer.json["credits"] == {"held": 6, "available": 94}
    assert asked.last["key"] == "order-17"


@pytest.mark.parametrize("key", ["a", "~" * 255, "order-17", '"quoted"', "a,b"])
def test_a_key_is_any_visible_ascii(asked: Asked, key: str) -> None:
    assert ask(headers={"Idempotency-Key": key}).status == 202
    assert asked.last["key"] == key


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é", "tab\there", "nul\x00"])
def test_a_key_that_is_none_is_refused(asked: Asked, key: str) -> None:
    answer = ask(headers={"Idempotency-Key": key})

    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "Idempotency-Key")
    assert asked.calls == []


def test_two_keys_are_not_chosen_among(asked: Asked) -> None:
    answer = ask(headers={"Idempotency-Key": "a, b"})  # what a gateway makes of two headers

    assert answer.status == 400


@pytest.mark.parametrize("field", ["promt", "model_id", "user", "imageFormat"])
def test_an_unknown_field_is_refused_by_name(asked: Asked, field: str) -> None:
    answer = ask({**LAMP, field: "x"})

    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert [each["field"] for each in answer.json["errors"]] == [field]
    assert asked.calls == []


def test_a_cancel_that_comes_in_time_is_done(asked: Asked) -> None:
    asked.job = a_job(status=Status.CANCELED, returned=6)

    answer = send(start, "POST", "/api/aiimage/jobs/job1/cancel")

    assert (answer.status, answer.json["status"], answer.json["charge"]["returned"]) == (200, "canceled", 6)
    assert asked.last["job_id"] == "job1"


def test_a_cancel_while_a_call_is_in_flight_is_accepted(asked: Asked) -> None:
    asked.job = a_job(status=Status.RUNNING, cancel_requested=True)

    answer = send(start, "POST", "/api/aiimage/jobs/job1/cancel")

    assert (answer.status, answer.json["status"], answer.json["cancelRequested"]) == (202, "running", True)


def test_a_cancel_that_comes_too_late_is_a_conflict(asked: Asked) -> None:
    asked.error = JobNotCancelable("The job succeeded already.", jobId="job1")

    answer = send(start, "POST", "/api/aiimage/jobs/job1/cancel")

    assert (answer.status, answer.json["code"]) == (ANSWERS["job_not_cancelable"].status, "job_not_cancelable")


@pytest.mark.parametrize("job_id", ["a b", "é", "x" * 81, "a.b"])
def test_what_cannot_be_a_job_is_not_found(asked: Asked, job_id: str) -> None:
    answer = send(start, "POST", f"/api/aiimage/jobs/{job_id}/cancel")

    assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert asked.calls == []


def test_erasing_is_asked_for_and_answered_at_once(asked: Asked) -> None:
    one = send(start, "DELETE", "/api/aiimage/jobs/job1")
    everything = send(start, "DELETE", "/api/account/data")

    assert (one.status, one.json) == (202, {"jobId": "job1", "erased": True})
    told = {"erasing": True, "askedAt": "2026-10-28T12:00:00.000Z", "finalAt": "2026-10-31T12:00:00.000Z"}
    assert (everything.status, everything.json) == (202, told)
    assert asked.names == ["erase", "forget"]


def test_an_erasing_is_looked_up_and_taken_back(asked: Asked) -> None:
    looked = send(start, "GET", "/api/account/data")
    kept = send(start, "POST", "/api/account/data/keep")

    assert (looked.status, looked.json["finalAt"]) == (200, "2026-10-31T12:00:00.000Z")
    assert (kept.status, kept.json) == (200, {"erasing": False})
    assert asked.names == ["scheduled", "keep"]


ERASING = [
    ("DELETE", "/api/aiimage/jobs/job1"),
    ("DELETE", "/api/account/data"),
    ("POST", "/api/account/data/keep"),
]


@pytest.mark.parametrize(("method", "path"), ERASING)
def test_a_key_that_may_start_for_others_does_not_erase_for_them(asked: Asked, method: str, path: str) -> None:
    weak = replace(SHOP, scopes=frozenset({"generate", "read", "grant", "act_for"}))

    refused = send(start, method, path, caller=weak, headers={"Easel-Owner": ANN.owner})
    allowed = send(start, method, path, caller=SHOP, headers={"Easel-Owner": ANN.owner})

    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert refused.json["detail"] == "These credentials lack the scope `erase`; use a key that has it."
    assert allowed.status in (200, 202)
    assert len(asked.calls) == 1
    assert (asked.last["caller"].owner, asked.last["caller"].name) == (ANN.owner, "key:k1")


def test_room_for_a_reference_is_made(asked: Asked) -> None:
    answer = send(start, "POST", "/api/aiimage/uploads", body={"mimeType": "image/png", "bytes": 5})

    assert answer.status == 201
    assert answer.json == {
        "uploadId": "u1",
        "url": "https://bucket.example",
        "fields": {"key": "uploads/x/u1"},
        "expiresAt": "2026-10-28T12:10:00.000Z",
    }


@pytest.mark.parametrize("body", [{}, {"mimeType": "image/gif"}, {"mimeType": "image/png", "bytes": 25_000_001}])
def test_what_cannot_become_a_reference_gets_no_room(asked: Asked, body: Any) -> None:
    answer = send(start, "POST", "/api/aiimage/uploads", body=body)

    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert asked.calls == []


def test_a_jobs_token_erases_it_and_nobody_does_without(asked: Asked) -> None:
    shown = send(start, "DELETE", "/api/aiimage/jobs/job1", caller=NOBODY, headers={"Easel-Job-Token": "t0"})
    without = send(start, "DELETE", "/api/aiimage/jobs/job1", caller=NOBODY)

    assert (shown.status, without.status) == (202, 401)
    assert "Easel-Job-Token" in without.json["detail"]
    assert (len(asked.calls), asked.last["caller"].job_token) == (1, "t0")


def test_a_quote_takes_the_body_of_a_start_and_starts_nothing(asked: Asked) -> None:
    answer = ask({**LAMP, "n": 2}, "/api/aiimage/quote")

    assert answer.status == 200
    assert asked.names == ["quote"]
    assert (answer.json["n"], answer.json["promptCharacters"]) == (2, len(LAMP["prompt"]))
    assert answer.json["atMost"] == max(step["atMost"] for step in answer.json["route"])


def test_prices_are_told_to_whoever_may_make_a_picture(asked: Asked) -> None:
    assert ask(path="/api/aiimage/quote", caller=STRANGER).status == 200
    assert ask(path="/api/aiimage/quote", caller=NOBODY).status == 401


@pytest.mark.parametrize(("field", "value"), [("n", -3), ("n", 2.5), ("imageFormat", "url"), ("modelID", "x")])
def test_what_no_start_takes_is_not_quoted(asked: Asked, field: str, value: object) -> None:
    answer = ask({**LAMP, field: value}, "/api/aiimage/quote")

    assert (answer.status, answer.json["errors"][0]["field"]) == (400, field)
    assert asked.calls == []


def test_a_job_is_starred_by_its_owner(asked: Asked) -> None:
    answer = send(start, "PATCH", "/api/aiimage/jobs/job1", body={"starred": True})

    assert (answer.status, answer.json["starred"]) == (200, True)
    assert asked.calls == [("star", {"job_id": "job1", "starred": True, "caller": ANN})]


@pytest.mark.parametrize("body", [{}, {"starred": "yes"}, {"starred": 1}, {"starred": True, "owner": "user:local:bob"}])
def test_nothing_else_of_a_job_is_changed(asked: Asked, body: Any) -> None:
    assert send(start, "PATCH", "/api/aiimage/jobs/job1", body=body).status == 400
    assert asked.calls == []


SHARES = "/api/aiimage/jobs/job1/shares"


def test_a_share_is_told_with_its_address_once(asked: Asked) -> None:
    made = send(start, "POST", SHARES, body={"seconds": 3_600, "prompt": True})
    listed = send(start, "GET", SHARES)

    assert made.status == 201
    assert made.json["address"] == "https://images.example/api/aiimage/shared?token=job1.secret"
    assert (asked.calls[0][1]["ask"].seconds, asked.calls[0][1]["ask"].prompt) == (3_600, True)
    assert listed.json["shares"] == [{name: made.json[name] for name in listed.json["shares"][0]}]
    assert "secret" not in listed.text


@pytest.mark.parametrize(
    ("field", "value"), [("seconds", 59), ("seconds", 2_592_001), ("prompt", "yes"), ("public", True)]
)
def test_a_share_has_bounds(asked: Asked, field: str, value: object) -> None:
    answer = send(start, "POST", SHARES, body={field: value})

    assert (answer.status, answer.json["errors"][0]["field"]) == (400, field)
    assert asked.calls == []


def test_a_share_is_taken_back(asked: Asked) -> None:
    answer = send(start, "DELETE", f"{SHARES}/s1")

    assert (answer.status, answer.text) == (204, "")
    assert asked.calls == [("end_share", {"job_id": "job1", "share_id": "s1", "caller": ANN})]


@pytest.mark.parametrize(("method", "path"), [("POST", SHARES), ("GET", SHARES), ("DELETE", f"{SHARES}/s1")])
def test_shares_are_made_seen_and_ended_by_who_has_signed_in(asked: Asked, method: str, path: str) -> None:
    asked.error = NotFound("There is no such job among yours.")

    answer = send(start, method, path, caller=NOBODY, body={} if method == "POST" else None)

    assert answer.status in (401, 404)
