"""References by upload and by address, moderation, and erasing: on the deployed stack."""

import io
import json
import time
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.stack.client import Client, trusted
from tests.stack.stack import Stack

ERASED_SECONDS = 60


def png(width: int = 64, height: int = 48) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def post(form: dict[str, Any], content: bytes, mime_type: str = "image/png") -> int:
    """Fill a form as a browser does."""
    files = {"file": ("a.png", content, mime_type)}
    how: dict[str, Any] = {"timeout": 20, "trust_env": False, "verify": trusted()}
    return httpx2.post(form["url"], data=form["fields"], files=files, **how).status_code


def room(who: Client, **more: Any) -> dict[str, Any]:
    form: dict[str, Any] = who.post("/api/aiimage/uploads", {"mimeType": "image/png", **more}).expect(201)
    return form


def test_an_upload_becomes_a_reference_of_its_owner_alone(stack: Stack) -> None:
    ann, bob = stack.someone(), stack.someone()
    form = room(ann)

    assert post(form, png()) in (200, 201, 204)
    job = ann.start(references=[{"uploadId": form["uploadId"]}])

    assert ann.wait(job)["status"] == "succeeded"
    bob.starting(references=[{"uploadId": form["uploadId"]}]).refused(400, "invalid_reference")


def test_a_form_takes_nothing_larger_than_was_said(stack: Stack) -> None:
    form = room(stack.someone(0), bytes=100)

    assert post(form, png(600, 600)) >= 400


def test_an_address_inside_is_never_reached(stack: Stack) -> None:
    ann = stack.someone()
    job = ann.start(references=[{"url": "https://169.254.169.254/latest/meta-data/a.png"}])

    ended = ann.wait(job)

    assert (ended["status"], ended["error"]["code"]) == ("failed", "invalid_reference")
    assert "not public" in ended["error"]["message"]
    assert ann.credits()["available"] == 30


@pytest.mark.stand_ins
def test_what_moderation_flags_is_refused_before_anything_is_held(stack: Stack) -> None:
    ann = stack.someone()
    stack.first.play("flag", times=None, when="flagged words")

    problem = ann.starting(prompt="some flagged words").refused(422, "content_refused")

    assert problem["stage"] == "prompt"
    assert "violence" in problem["categories"]
    assert ann.credits() == {**ann.credits(), "available": 30, "held": 0}


@pytest.mark.stand_ins
def test_an_endpoint_out_of_reach_is_open_for_the_signed_in_and_closed_for_others(stack: Stack) -> None:
    ann = stack.someone()
    stack.first.play("unmoderated", times=None)

    stack.nobody.generate().refused(503, "busy")
    assert ann.wait(ann.start())["status"] == "succeeded"


def test_an_erased_job_is_gone_with_all_it_left(stack: Stack) -> None:
    ann, bob = stack.someone(), stack.someone(0)
    job = ann.start()
    ann.wait(job)
    path = f"/api/aiimage/jobs/{job['jobId']}"
    bucket, s3 = stack.setting("start", "ASSETS_BUCKET"), stack.aws("s3")

    bob.ask("DELETE", path).refused(404, "not_found")
    ann.ask("DELETE", path).expect(202)

    ann.get(f"/api/aiimage/status/{job['jobId']}").refused(410, "job_erased")
    until = time.monotonic() + ERASED_SECONDS
    while s3.list_objects_v2(Bucket=bucket, Prefix=f"jobs/{job['jobId']}/").get("KeyCount"):
        assert time.monotonic() < until
        stack.reconcile()
        time.sleep(1)


def test_an_owner_is_forgotten(stack: Stack) -> None:
    ann = stack.someone()
    jobs = [ann.start() for _ in range(2)]
    for job in jobs:
        ann.wait(job)

    final_at = ann.ask("DELETE", "/api/account/data").expect(202)["finalAt"]

    if json.loads(stack.setting("start", "POLICY"))["erasure_grace_seconds"] > ERASED_SECONDS:
        assert ann.get("/api/account/data").expect(200)["finalAt"] == final_at  # nobody waits for that here
        ann.post("/api/account/data/keep", {}).expect(200, 204)
        assert ann.status(jobs[0])["status"] == "succeeded"
        return
    until = time.monotonic() + ERASED_SECONDS
    for job in jobs:
        while ann.get(f"/api/aiimage/status/{job['jobId']}").status != 410:
            assert time.monotonic() < until
            stack.reconcile()
            time.sleep(1)
