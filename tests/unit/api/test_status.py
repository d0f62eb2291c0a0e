from typing import Any

import pytest
from api import status

from easel.aws.bucket import LINK_WINDOW_SECONDS
from easel.errors import JobErased, NotFound
from easel.jobs.listing import Wanted
from easel.jobs.model import Status
from easel.jobs.read import Seen
from easel.jobs.store import ANY_TIME, Page
from tests.support.doors import ANN, NOBODY, Asked, a_done_job, a_job, send
from tests.support.fakes import NOON

PATH = "/api/aiimage/status/job1"
IMAGE = "/api/aiimage/jobs/job1/images/0"


def get(path: str = PATH, **options: Any) -> Any:
    return send(status, "GET", path, **options)


def test_a_running_job_is_shown_with_when_to_ask_again(asked: Asked) -> None:
    answer = get()

    assert (answer.status, answer.json["status"], answer.headers["retry-after"]) == (200, "queued", "2")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert asked.calls == [("read", {"job_id": "job1", "caller": ANN})]


def test_a_final_job_need_not_be_asked_again(asked: Asked) -> None:
    asked.job = a_done_job()

    assert "retry-after" not in get().headers


def test_the_id_may_come_as_a_query(asked: Asked) -> None:
    by_query = get("/api/aiimage/status", query={"jobId": "job1"})

    assert by_query.json == get().json
    assert asked.last["job_id"] == "job1"


def test_a_query_without_an_id_is_told_so(asked: Asked) -> None:
    answer = get("/api/aiimage/status")

    assert (answer.status, answer.json["errors"]) == (400, [{"field": "jobId", "message": "is required"}])
    assert asked.calls == []


def test_a_job_that_has_not_changed_is_not_sent_again(asked: Asked) -> None:
    tag = get().headers["etag"]

    again = get(headers={"If-None-Match": tag})
    asked.job = a_job(version=2)
    moved = get(headers={"If-None-Match": tag})

    assert (again.status, again.text, again.headers["etag"], again.headers["retry-after"]) == (304, "", tag, "2")
    assert moved.status == 200


@pytest.mark.parametrize("header", ['W/"0-0-0", W/"1-0-0"', '"1-0-0"'])
def test_a_tag_is_found_among_several_and_strong_or_weak(asked: Asked, header: str) -> None:
    assert get(headers={"If-None-Match": header}).status == 304


def test_a_304_never_keeps_a_dead_link(asked: Asked) -> None:
    asked.job = a_done_job()
    tag = get().headers["etag"]
    assert get(headers={"If-None-Match": tag}).status == 304

    asked.clock.forward(LINK_WINDOW_SECONDS)

    assert get(headers={"If-None-Match": tag}, now=asked.clock.now()).status == 200


def test_a_long_poll_waits_for_a_change_of_what_was_seen(asked: Asked) -> None:
    get(query={"wait": "20"}, headers={"If-None-Match": 'W/"12-1-0"'})

    assert asked.names == ["wait"]
    assert (asked.last["seen"], asked.last["until"]) == (Seen(12, 1), NOON + 20_000)


def test_a_long_poll_without_a_tag_waits_for_any_change_and_never_too_long(asked: Asked) -> None:
    get(query={"wait": "60"})

    assert (asked.last["seen"], asked.last["until"]) == (None, NOON + 24_000)


@pytest.mark.parametrize("wait", ["-1", "61", "soon", "1.5", ""])
def test_a_wait_that_is_none_is_refused(asked: Asked, wait: str) -> None:
    answer = get(query={"wait": wait})

    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "wait")
    assert asked.calls == []


def test_nobody_shows_a_jobs_token_to_see_it(asked: Asked) -> None:
    get(caller=NOBODY, headers={"Easel-Job-Token": "t0ken"})

    assert (asked.last["caller"].anonymous, asked.last["caller"].job_token) == (True, "t0ken")


def test_the_token_of_a_link_counts_for_images_alone(asked: Asked) -> None:
    asked.job = a_done_job()
    get(caller=NOBODY, query={"jobToken": "t0ken"})
    assert asked.last["caller"].job_token == ""

    get(IMAGE, caller=NOBODY, query={"jobToken": "t0ken"})
    assert asked.last["caller"].job_token == "t0ken"


@pytest.mark.parametrize(
    ("error", "code", "expected"),
    [(NotFound("No such job."), "not_found", 404), (JobErased("Erased.", jobId="job1"), "job_erased", 410)],
)
@pytest.mark.parametrize("path", [PATH, IMAGE, f"{IMAGE}/thumbnail"])
def test_a_job_of_others_or_of_nobody_any_more(asked: Asked, path: str, error: Any, code: str, expected: int) -> None:
    asked.error = error

    answer = get(path)

    assert (answer.status, answer.json["code"]) == (expected, code)


def test_an_image_has_an_address_that_leads_to_a_fresh_link(asked: Asked) -> None:
    asked.job = a_done_job()

    image, thumbnail = get(IMAGE), get(f"{IMAGE}/thumbnail")
    saved = get(IMAGE, query={"download": "lamp 1.png"})

    assert (image.status, image.headers["location"]) == (302, "https://bucket.example/job1/0/image")
    assert image.headers["cache-control"] == "private, max-age=60"
    assert thumbnail.headers["location"] == "https://bucket.example/job1/0/thumb"
    assert saved.headers["location"].endswith("lamp%201.png")


@pytest.mark.parametrize("index", ["1", "-1", "first", "1.0"])
def test_an_image_that_is_not_there_is_not_found(asked: Asked, index: str) -> None:
    asked.job = a_done_job()

    answer = get(f"/api/aiimage/jobs/job1/images/{index}")

    assert (answer.status, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("name", ["../a", 'a"b', "a;b", "", ".hidden", "x" * 101, "a\nb", "写真.png", "invoice.exe"])
def test_a_file_may_be_saved_under_any_name(asked: Asked, name: str) -> None:
    asked.job = a_done_job()

    answer = get(IMAGE, query={"download": name})

    assert answer.status == 302
    assert answer.headers["location"].startswith("https://bucket.example/job1/0/image")


def test_jobs_are_listed_page_by_page_without_their_words(asked: Asked) -> None:
    answer = get("/api/aiimage/jobs", query={"limit": "2", "cursor": "abc"})

    assert (len(answer.json["jobs"]), answer.json["cursor"]) == (1, "more")
    assert not {"effectivePrompt", "metadata"} & set(answer.json["jobs"][0])
    assert (asked.last["limit"], asked.last["cursor"]) == (2, "abc")


@pytest.mark.parametrize("path", ["/api/aiimage/jobs", "/api/credits/entries"])
@pytest.mark.parametrize(("field", "value"), [("limit", "0"), ("limit", "51"), ("limit", "x"), ("cursor", "x" * 513)])
def test_a_page_that_is_none_is_refused(asked: Asked, path: str, field: str, value: str) -> None:
    answer = get(path, query={field: value})

    assert (answer.status, answer.json["errors"][0]["field"]) == (400, field)
    assert asked.calls == []


def test_credits_are_their_owners(asked: Asked) -> None:
    answer = get("/api/credits")

    assert (answer.json["available"], answer.json["held"]) == (94, 6)
    assert answer.json["buyUrl"] == "https://shop.example/credits"
    assert asked.last == {"owner": ANN.owner}


def test_the_ledger_goes_on_where_its_cursor_says(asked: Asked) -> None:
    answer = get("/api/credits/entries", query={"limit": "5", "cursor": "12"})

    assert answer.json == {"entries": [], "cursor": "7"}
    assert asked.last == {"owner": ANN.owner, "limit": 5, "before": 12}


@pytest.mark.parametrize("cursor", ["0", "-1", "abc", "1e3", "1" * 13])
def test_a_cursor_that_is_not_ours_is_refused(asked: Asked, cursor: str) -> None:
    answer = get("/api/credits/entries", query={"cursor": cursor})

    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "cursor")
    assert asked.calls == []


@pytest.mark.parametrize("path", ["/api/credits", "/api/credits/entries"])
def test_nobody_has_no_credits_to_see(asked: Asked, path: str) -> None:
    assert get(path, caller=NOBODY).status == 401
    assert asked.calls == []


def test_a_canceled_job_is_shown_as_such(asked: Asked) -> None:
    asked.job = a_job(status=Status.CANCELED)

    assert get().json["status"] == "canceled"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, Wanted()),
        ({"status": "running"}, Wanted(statuses=frozenset({Status.RUNNING}))),
        ({"status": "queued,running"}, Wanted(statuses=frozenset({Status.QUEUED, Status.RUNNING}))),
        ({"featureId": "ai-baby-image", "modelId": "m"}, Wanted(feature_id="ai-baby-image", model_id="m")),
        ({"text": "  a lamp "}, Wanted(text="a lamp")),
        ({"starred": "true"}, Wanted(starred=True)),
        ({"starred": "false", "include": "request"}, Wanted(starred=False, requests=True)),
        ({"createdAfter": "2026-10-28T12:00:00Z"}, Wanted(span=(NOON, ANY_TIME[1]))),
        ({"createdBefore": "2026-10-28T14:00:00.5+02:00"}, Wanted(span=(0, NOON + 500))),
    ],
)
def test_a_list_has_what_is_wanted(asked: Asked, query: dict[str, str], wanted: Wanted) -> None:
    assert send(status, "GET", "/api/aiimage/jobs", query=query).status == 200
    assert asked.last["wanted"] == wanted


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "done"),
        ("status", "queued,"),
        ("status", ""),
        ("starred", "yes"),
        ("include", "prompt"),
        ("text", "x" * 201),
        ("createdAfter", "yesterday"),
        ("createdBefore", "2026-10-28T12:00:00"),
        ("wait", "-1"),
    ],
)
def test_a_wish_for_a_list_that_is_none_is_named(asked: Asked, field: str, value: str) -> None:
    answer = send(status, "GET", "/api/aiimage/jobs", query={field: value})

    assert (answer.status, answer.json["errors"][0]["field"]) == (400, field)
    assert asked.calls == []


def test_a_list_is_not_sent_twice_while_nothing_is_new(asked: Asked) -> None:
    first = send(status, "GET", "/api/aiimage/jobs")
    known = {"If-None-Match": first.headers["etag"]}

    assert send(status, "GET", "/api/aiimage/jobs", headers=known).status == 304
    asked.job = asked.job.moved()
    moved = send(status, "GET", "/api/aiimage/jobs", headers=known, query={"wait": "5"})

    assert (moved.status, moved.headers["etag"] != first.headers["etag"]) == (200, True)
    assert dict(asked.calls)["wait_page"]["until"] == NOON + 5_000
    assert dict(asked.calls)["wait_page"]["is_news"](Page((asked.job,), "more"))


@pytest.mark.parametrize("caller", [ANN, NOBODY])
def test_a_shared_job_is_shown_to_whoever_has_its_token(asked: Asked, caller: Any) -> None:
    asked.job = a_done_job()

    answer = send(status, "GET", "/api/aiimage/shared", caller=caller, query={"token": "job1.secret"})

    assert (answer.status, asked.calls) == (200, [("open_share", {"token": "job1.secret"})])
    assert answer.json["images"][0]["url"] == "https://bucket.example/job1/0/image"
    assert answer.headers["cache-control"] == "no-store"
    assert "ann" not in answer.text


def test_a_sign_in_that_has_ended_hides_no_shared_job(asked: Asked) -> None:
    ended = {"code": "unauthenticated", "problem": "The token has expired."}

    assert send(status, "GET", "/api/aiimage/shared", caller=NOBODY, query={"token": "t"}, **ended).status == 200


def test_the_token_of_a_share_is_in_no_log(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        send(status, "GET", "/api/aiimage/shared", query={"token": "job1.a-secret"})

    assert caplog.records
    assert "a-secret" not in str([vars(record) for record in caplog.records])


@pytest.mark.parametrize("query", [{}, {"token": "x" * 201}])
def test_an_address_without_its_token_is_refused_by_name(asked: Asked, query: dict[str, str]) -> None:
    answer = send(status, "GET", "/api/aiimage/shared", query=query)

    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "token")
