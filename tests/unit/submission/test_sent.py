"""What an owner sees of a request, and whether the same can be sent again."""

import base64
from typing import Any

import pytest

from easel.jobs.request import Request
from easel.jobs.request_view import request_view
from tests.support.fakes import png
from tests.support.world import ANN, World

DATA = {"data": f"data:image/png;base64,{base64.b64encode(png()).decode()}"}
URL = {"url": "https://shop.example/a.png"}
WISHES: list[dict[str, Any]] = [
    {},
    {"modelId": "dall-e-3", "n": 2, "fallback": False, "quality": "high", "aspectRatio": "3:2", "resolution": "2k"},
    {"featureId": "ai-baby-image", "size": "1536x1024", "outputFormat": "webp", "outputCompression": 0},
    {
        "provider": "openai",
        "priority": "economy",
        "background": "opaque",
        "mode": "image_to_image",
        "references": [URL],
    },
]


def shown(world: World, job_id: str) -> dict[str, Any]:
    found = world.status.read(job_id, caller=ANN)
    assert found.request
    return request_view(found.job, found.request).body()


@pytest.mark.parametrize("wish", WISHES)
def test_a_request_is_shown_as_it_was_sent(quick_world: World, wish: dict[str, Any]) -> None:
    job = quick_world.begin(prompt="a lamp", **wish).job

    told = shown(quick_world, job.id)

    kinds = {"url": "url"}
    references = [{"kind": kind, **one} for one in wish.get("references", []) for kind in kinds if one.keys() == {kind}]
    assert told == {"prompt": "a lamp", **wish, "references": references, "mask": False, "markup": False}


def test_what_is_shown_makes_the_same_job_again(quick_world: World) -> None:
    first = quick_world.begin(**WISHES[1]).job
    told = shown(quick_world, first.id)

    again = quick_world.begin(**{name: told[name] for name in told if name not in {"references", "mask", "markup"}}).job

    alike = ("route", "width", "height", "quality", "n", "held", "model_id", "requested_model_id")
    assert [getattr(again, name) for name in alike] == [getattr(first, name) for name in alike]


def test_bytes_are_told_of_and_not_kept_a_second_time(quick_world: World) -> None:
    upload = quick_world.upload(png(40, 20))
    job = quick_world.begin(references=[DATA, {"uploadId": upload}, URL], mask=DATA).job

    told = shown(quick_world, job.id)

    assert told["references"] == [{"kind": "data"}, {"kind": "uploadId", "uploadId": upload}, {"kind": "url", **URL}]
    assert told["mask"] is True
    found = quick_world.store.find(job.id)
    assert found
    assert found.request
    assert found.request.model_dump_json().count(URL["url"]) == 1


def test_a_picture_of_a_job_is_named_as_it_was(quick_world: World) -> None:
    first = quick_world.run(quick_world.begin().job.id)
    job = quick_world.begin(references=[{"job": {"id": first.id}}]).job

    assert shown(quick_world, job.id)["references"] == [{"kind": "job", "job": {"id": first.id, "image": 0}}]


def test_a_request_that_an_earlier_release_wrote_is_shown_as_its_job_was_made(quick_world: World) -> None:
    job = quick_world.begin(n=2, references=[URL, DATA]).job
    found = quick_world.store.find(job.id)
    assert found
    assert found.request
    older = Request.model_validate({**found.request.model_dump(exclude={"sent"})})

    told = request_view(job, older).body()

    assert (told["n"], told["size"], told["quality"]) == (2, f"{job.width}x{job.height}", job.quality)
    assert [one["kind"] for one in told["references"]] == ["url", "data"]
    assert told["references"][0]["url"] == URL["url"]
