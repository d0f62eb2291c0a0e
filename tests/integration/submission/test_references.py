"""References by upload, address and object: whose they are, when they are read, and what becomes of them."""

import base64
import json

import pytest

from easel.errors import InvalidReference, Unauthenticated
from easel.jobs.model import Job, Status
from easel.submission.uploads import UploadRequest
from tests.support.fakes import png
from tests.support.world import ANN, BOB, NOBODY, World

URL = "https://shop.example/a.png"


def keys(world: World, prefix: str) -> list[str]:
    return [one["Key"] for one in world.s3.list_objects_v2(Bucket="assets", Prefix=prefix).get("Contents", [])]


def seen(world: World) -> list[tuple[int, int]]:
    """The sizes of the references that a provider was sent last."""
    return [_size(picture.content) for picture in world.providers["openai"].orders[-1].references]


def _size(content: bytes) -> tuple[int, int]:
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def test_an_upload_becomes_a_reference(world: World) -> None:
    upload = world.upload(png(40, 20))

    job = world.run(world.begin(references=[{"uploadId": upload}]).job.id)

    assert job.status is Status.SUCCEEDED
    assert seen(world) == [(40, 20)]


def test_a_form_is_bound_to_one_key_type_and_size(world: World) -> None:
    made = world.uploads(UploadRequest.model_validate({"mimeType": "image/png", "bytes": 123}), caller=ANN)
    open_sized = world.uploads(UploadRequest.model_validate({"mimeType": "image/webp"}), caller=ANN)

    policy = json.loads(base64.b64decode(made.form.fields["policy"]))
    wider = json.loads(base64.b64decode(open_sized.form.fields["policy"]))
    assert {"key": made.form.fields["key"]} in policy["conditions"]
    assert {"Content-Type": "image/png"} in policy["conditions"]
    assert ["content-length-range", 123, 123] in policy["conditions"]
    assert ["content-length-range", 1, 25_000_000] in wider["conditions"]
    assert made.form.fields["Content-Type"] == "image/png"
    assert made.expires_at == world.clock.now() + 600_000
    assert "ann" not in made.form.fields["key"]


def test_a_jpeg_by_its_other_name_gets_the_same_form(world: World) -> None:
    made = world.uploads(UploadRequest.model_validate({"mimeType": "image/jpg"}), caller=ANN)

    assert made.form.fields["Content-Type"] == "image/jpeg"


def test_nobody_uploads_without_signing_in(world: World) -> None:
    with pytest.raises(Unauthenticated):
        world.uploads(UploadRequest.model_validate({"mimeType": "image/png"}), caller=NOBODY)


def test_anothers_upload_and_one_that_never_was_look_alike(world: World) -> None:
    upload = world.upload(png(), BOB)
    said = []

    for named in (upload, "0" * 26):
        with pytest.raises(InvalidReference) as caught:
            world.begin(references=[{"uploadId": named}])
        said.append((caught.value.detail, caught.value.errors))

    assert said[0] == said[1]
    assert world.available() == 100


def test_what_is_uploaded_later_changes_no_job(world: World) -> None:
    upload = world.upload(png(40, 20))
    job_id = world.begin(references=[{"uploadId": upload}]).job.id
    stored = keys(world, "uploads/")[0]
    world.s3.put_object(Bucket="assets", Key=stored, Body=png(99, 99))

    world.run(job_id)

    assert seen(world) == [(40, 20)]


def test_an_address_is_fetched_once_and_only_when_the_job_is_prepared(world: World) -> None:
    world.internet[URL] = png(30, 10)
    job_id = world.begin(references=[{"url": URL}, {"url": URL}]).job.id
    assert world.fetched == []

    job = world.run(job_id)

    assert job.status is Status.SUCCEEDED
    assert world.fetched == [URL]
    assert seen(world) == [(30, 10), (30, 10)]


def test_an_address_that_gives_nothing_ends_the_job_with_its_reason_and_its_credits(world: World) -> None:
    job = world.run(world.begin(references=[{"data": _data(png())}, {"url": URL}]).job.id)

    assert job.status is Status.FAILED
    assert _why(job) == ("invalid_reference", "references[1].url: the address answered 404")
    assert world.available() == 100


def test_what_an_address_holds_is_judged_by_decoding_it(world: World) -> None:
    world.internet[URL] = b"<script>alert(1)</script>"

    job = world.run(world.begin(references=[{"url": URL}]).job.id)

    assert _why(job)[0] == "invalid_reference"
    assert "cannot be decoded" in _why(job)[1]


def test_a_mask_may_come_by_address_too(world: World) -> None:
    job = world.run(world.begin(references=[{"data": _data(png())}], mask={"url": URL}).job.id)

    assert _why(job) == ("invalid_reference", "mask.url: the address answered 404")


def _why(job: Job) -> tuple[str, str]:
    assert job.failure
    return job.failure.code, job.failure.message


def _data(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
