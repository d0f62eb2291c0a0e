"""References on their way to a provider: one that cannot be used is the caller's to mend, before any turn."""

import base64
from typing import Any

import pytest
from PIL import Image

from easel.errors import InvalidReference
from easel.execution.prepare import reference_key
from easel.images.decode import BYTES_MAX
from easel.images.encode import CLEAN_BYTES_MAX
from easel.jobs.model import Job, Status
from tests.support.fakes import png
from tests.support.picture_files import noise, photo, saved
from tests.support.requests import a_job_request
from tests.support.stand_ins import an_image, opened
from tests.support.world import ANN, World

URL = "https://shop.example/a.png"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
LARGE = saved(noise("RGB", (2_400, 2_000)), "PNG", compress_level=1)


def data_url(content: bytes, mime_type: str = "image/png") -> str:
    return f"data:{mime_type};base64,{base64.b64encode(content).decode()}"


def sent(world: World) -> list[tuple[bytes, str]]:
    """The references of the last order, with their types."""
    return [(picture.content, picture.mime_type) for picture in world.providers["openai"].orders[-1].references]


def test_a_reference_that_grows_when_it_is_cleaned_reaches_the_provider_in_another_form(world: World) -> None:
    job = world.run(world.begin(references=[{"uploadId": world.upload(LARGE)}]).job.id)

    ((content, mime_type),) = sent(world)
    assert (job.status, len(job.attempts)) == (Status.SUCCEEDED, 1)
    assert (mime_type, opened(content).size) == ("image/jpeg", (2_400, 2_000))
    assert len(content) <= CLEAN_BYTES_MAX


def test_the_worker_decodes_none_of_our_own_references(world: World) -> None:
    job_id = world.begin(references=[{"data": data_url(png(40, 20))}]).job.id
    world.attempt(job_id, crashes=0, dead=-1)
    world.prepare(job_id)
    larger = png(40, 20) + bytes(BYTES_MAX)  # as an earlier release may have left it: `examine` refuses it
    world.assets.put(reference_key(job_id, 0), larger, "image/png")

    job = world.run(job_id)

    assert job.status is Status.SUCCEEDED
    assert sent(world) == [(larger, "image/png")]
    assert world.providers["openai"].orders[-1].references[0].pixels == 800


@pytest.mark.parametrize("moderated", [False, True])
@pytest.mark.parametrize("left", [None, b"no picture"])
def test_a_prepared_reference_that_cannot_be_read_books_no_cost_and_is_told(
    world: World, left: bytes | None, moderated: bool
) -> None:
    world.moderating(openai=moderated, references=moderated)
    job_id = world.begin(references=[{"data": data_url(png(40, 20))}]).job.id
    world.attempt(job_id, crashes=0, dead=-1)
    world.prepare(job_id)
    if left is None:
        world.s3.delete_object(Bucket="assets", Key=reference_key(job_id, 0))
    else:
        world.assets.put(reference_key(job_id, 0), left, "image/png")

    job = world.run(job_id)

    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "invalid_reference")
    assert "references[0]" in job.failure.message
    assert (job.attempts, job.cost_micros(), world.available()) == ((), 0, 100)
    assert world.budget_folds()
    assert world.providers["openai"].orders == []


@pytest.mark.parametrize("field", ["mask", "markup"])
def test_what_lies_over_a_reference_is_moderated_too(world: World, field: str) -> None:
    world.moderating(openai=True, references=True)
    asked: list[bytes] = []

    def scores(thing: str | tuple[bytes, str]) -> dict[str, float]:
        if not isinstance(thing, str):
            asked.append(thing[0])
        return {"violence": 0.99 if len(asked) == 2 else 0.0}

    object.__setattr__(world.attempt.begin.inspect, "ask", scores)
    overlay = data_url(saved(Image.new("RGBA", (40, 20), (200, 0, 0, 90)), "PNG"))
    fields: dict[str, Any] = {"references": [{"data": data_url(png(40, 20))}], field: {"data": overlay}}
    if field == "markup":
        fields["modelId"] = "gpt-image-2.5-sunburst"  # a model that takes one
    job = world.run(world.begin(**fields).job.id)

    assert len(asked) == 2
    assert job.failure is not None
    assert (job.failure.code, job.failure.stage) == ("content_refused", "references")
    assert world.providers["openai"].orders == []


UNUSABLE: list[tuple[bytes, str]] = [
    (HEIC, "is HEIC, as iPhones save it, which cannot be decoded here; save it as JPEG and send that"),
    (b"", "is empty; send the whole file"),
    (b"<!doctype html><title>Sign in</title>", "is a web page"),
    (saved(photo(640, 480), "PNG")[:-900], "is cut off before its end; send the whole file"),
]


@pytest.mark.parametrize(("content", "says"), UNUSABLE)
@pytest.mark.parametrize("way", ["uploadId", "url", "s3"])
def test_a_reference_that_cannot_be_used_is_named_before_any_turn_however_it_came(
    world: World, content: bytes, says: str, way: str
) -> None:
    world.internet[URL] = content
    world.s3.create_bucket(Bucket="another", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    world.s3.put_object(Bucket="another", Key="picture", Body=content)
    ways: dict[str, dict[str, Any]] = {
        "uploadId": {"uploadId": world.upload(content)},
        "url": {"url": URL},
        "s3": {"s3": {"bucket": "another", "key": "picture"}},
    }

    job = world.run(_begin(world, ways[way]))

    assert job.failure is not None
    assert job.failure.code == "invalid_reference"
    assert job.failure.message.startswith("references[0]: it ")
    assert says in job.failure.message
    _must_have_cost_nothing(world, job)


@pytest.mark.parametrize(("content", "says"), UNUSABLE[:3])
def test_what_comes_with_the_request_is_refused_with_the_same_words_before_anything_is_held(
    world: World, content: bytes, says: str
) -> None:
    with pytest.raises(InvalidReference) as caught:
        world.begin(references=[{"data": data_url(content, "image/jpeg")}])

    assert says in caught.value.detail
    assert world.available() == 100


@pytest.mark.parametrize("field", ["mask", "markup"])
def test_an_overlay_in_which_nothing_is_transparent_costs_nothing(world: World, field: str) -> None:
    opaque = an_image(mode="RGBA", colour=(255, 255, 255, 255))
    fields: dict[str, Any] = {"references": [{"data": data_url(an_image())}], field: {"data": data_url(opaque)}}
    if field == "markup":
        fields["modelId"] = "gpt-image-2.5-sunburst"

    if field == "markup":
        fields["modelId"] = "gpt-image-2.5-sunburst"  # a model that takes one
    job = world.run(world.begin(**fields).job.id)

    assert job.failure is not None
    assert job.failure.code == "invalid_reference"
    assert job.failure.message.startswith(f"{field}: nothing in it is transparent")
    _must_have_cost_nothing(world, job)


def test_the_photo_itself_with_a_hole_is_a_small_mask(world: World) -> None:
    picture = photo(1_100, 1_100, grain=40).convert("RGBA")
    picture.paste((0, 0, 0, 0), (100, 100, 300, 300))
    upload = world.upload(saved(picture, "PNG", compress_level=6))

    job = world.run(world.begin(references=[{"uploadId": upload}], mask={"uploadId": upload}).job.id)

    mask = world.providers["openai"].orders[-1].mask
    assert job.status is Status.SUCCEEDED
    assert mask is not None
    assert len(mask.content) < 100_000
    assert mask.mime_type == "image/png"


def _begin(world: World, reference: dict[str, Any]) -> str:
    asked = a_job_request({"prompt": "a lamp", "references": [reference]}, by_command=True)
    return world.start(asked, caller=ANN, key=None).job.id


def _must_have_cost_nothing(world: World, job: Job) -> None:
    assert (job.attempts, job.charged, world.available()) == ((), 0, 100)
    assert not world.providers["openai"].orders
    rows = [row for row in world.dynamodb.scan(TableName="limits")["Items"] if "committed" in row]
    assert [row.get("spent", {"N": "0"})["N"] for row in rows] == ["0"] * len(rows)
    assert world.budget_folds()
