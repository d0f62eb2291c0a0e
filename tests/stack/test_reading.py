"""Status, lists, links and the routes that anyone may read."""

import time

import pytest

from tests.stack.client import Client
from tests.stack.stack import Stack
from tests.support.builders import a_data_url


def test_an_unchanged_job_is_not_sent_again(stack: Stack) -> None:
    ann = stack.someone(credits=10)
    job = ann.wait(ann.start())
    first = ann.get(f"/api/aiimage/status/{job['jobId']}")

    again = ann.ask("GET", f"/api/aiimage/status/{job['jobId']}", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status, again.content) == (304, b"")


@pytest.mark.stand_ins
def test_a_long_poll_answers_when_the_job_changes(stack: Stack) -> None:
    ann = stack.someone(credits=10)
    stack.first.play("slow", seconds=2)
    started = ann.start()
    asked = time.monotonic()

    job = ann.status(started, wait="20")

    assert time.monotonic() - asked < 15
    assert job["status"] in {"queued", "running", "succeeded"}
    while job["status"] not in {"succeeded", "failed"}:
        job = ann.status(started, wait="20")
    assert time.monotonic() - asked < 20


def test_jobs_are_listed_newest_first_page_by_page(stack: Stack) -> None:
    ann = stack.someone(credits=18)
    made = [ann.start()["jobId"] for _ in range(3)]

    page = ann.jobs(limit="2")
    rest = ann.jobs(limit="2", cursor=page["cursor"])

    assert [job["jobId"] for job in (*page["jobs"], *rest["jobs"])] == made[::-1]
    for job in made:
        ann.wait({"jobId": job})


def test_an_images_address_stays_good_and_leads_to_a_fresh_link(stack: Stack) -> None:
    ann = stack.someone(credits=10)
    job = ann.wait(ann.start())
    [image] = job["images"]

    found = ann.ask("GET", image["address"])

    assert found.status == 302
    assert Client(stack.url, "").get(found.headers["location"]).content == ann.picture(job)
    thumbnail = Client(stack.url, "").get(image["thumbnailUrl"])
    assert thumbnail.status == 200
    assert thumbnail.headers["content-type"] == "image/webp"


def test_metadata_and_prompt_come_back(stack: Stack) -> None:
    ann = stack.someone(credits=10)

    job = ann.wait(ann.start(metadata={"order": "7"}))

    assert job["metadata"] == {"order": "7"}
    assert "ceramic lamp" in job["effectivePrompt"]


@pytest.mark.parametrize("path", ["/api/models", "/api/features", "/openapi.json", "/docs", "/healthz", "/"])
def test_anyone_may_read_what_is_public(stack: Stack, path: str) -> None:
    answer = stack.nobody.get(path)

    assert answer.status == 200
    assert answer.headers["x-request-id"]


def test_quality_and_size_reach_the_provider_as_they_were_asked(stack: Stack) -> None:
    if stack.local is None:
        pytest.skip("only a stand-in tells what it was asked")
    ann = stack.someone(credits=60)

    ann.wait(ann.start(quality="high", aspectRatio="3:2", n=2))

    [call] = stack.first.calls()
    words = call["words"]
    assert (words["quality"], words["size"], words["n"]) == ("high", "1536x1024", 2)


def test_a_reference_is_edited(stack: Stack) -> None:
    ann = stack.someone(credits=30)

    job = ann.wait(ann.start(mode="image_to_image", references=[{"data": a_data_url()}]))

    assert job["status"] == "succeeded", job
