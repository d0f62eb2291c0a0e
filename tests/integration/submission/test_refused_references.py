"""A request that is refused leaves no reference behind, whoever sends it and however often."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from easel.errors import (
    CallerError,
    DailyLimitReached,
    InsufficientCredits,
    InvalidReference,
    RateLimited,
    SpendingPaused,
    TooManyJobsInFlight,
)
from tests.support.fakes import png
from tests.support.requests import a_job_request
from tests.support.world import ANN, BOB, NOBODY, World

HOME = "203.0.113.7"


@pytest.fixture(autouse=True)
def _versions(world: World) -> None:
    world.s3.put_bucket_versioning(Bucket="assets", VersioningConfiguration={"Status": "Enabled"})


def data(content: bytes | None = None) -> dict[str, str]:
    return {"data": f"data:image/png;base64,{base64.b64encode(content or png()).decode()}"}


def incoming(world: World) -> list[str]:
    found = world.s3.list_object_versions(Bucket="assets", Prefix="incoming/")
    return [one["Key"] for kind in ("Versions", "DeleteMarkers") for one in found.get(kind, [])]


def refused(world: World, kind: type[CallerError], **fields: Any) -> CallerError:
    with pytest.raises(kind) as refusal:
        world.begin(fields.pop("caller", ANN), **fields)
    assert incoming(world) == []
    return refusal.value


def test_who_has_no_credits_stores_nothing(world: World) -> None:
    upload = world.upload(png(), BOB)

    refused(world, InsufficientCredits, caller=BOB, references=[{"uploadId": upload}, data()])


def test_who_has_as_many_jobs_as_allowed_stores_nothing(world: World) -> None:
    world.allowing(jobs_in_flight=1)
    world.begin()

    refused(world, TooManyJobsInFlight, references=[data()])


def test_anonymous_callers_whose_ration_is_used_up_store_nothing(world: World) -> None:
    world.allowing(anonymous=True, anonymous_daily_credits=6)
    world.begin(NOBODY)

    refused(world, DailyLimitReached, caller=NOBODY, references=[data()])


@pytest.mark.parametrize(
    ("policy", "kind"),
    [
        ({"owner_daily_credits": 1}, DailyLimitReached),
        ({"daily_cap_micros": 1}, SpendingPaused),
        ({"owner_per_minute": 1}, RateLimited),
    ],
)
def test_a_limit_that_is_reached_stores_nothing(world: World, policy: dict[str, int], kind: type[CallerError]) -> None:
    world.allowing(**policy)
    if kind is RateLimited:
        world.begin()

    refused(world, kind, references=[data()])


def test_one_reference_that_is_not_there_leaves_none_of_the_others(world: World) -> None:
    upload = world.upload(png())

    refused(world, InvalidReference, references=[{"uploadId": upload}, data(), {"uploadId": "0" * 26}])


def in_between(world: World, operation: str, act: Callable[[], object]) -> None:
    """Do something once, just before S3 is asked for an operation."""
    send, todo = getattr(world.s3, operation), [act]

    def asked(**params: Any) -> Any:
        if todo:
            todo.pop()()
        return send(**params)

    setattr(world.s3, operation, asked)


def test_what_was_stored_for_a_job_that_is_refused_after_all_is_deleted(world: World) -> None:
    upload = world.upload(png(30, 10))
    in_between(world, "copy_object", lambda: [world.begin(n=4), world.begin(n=4), world.begin(n=4), world.begin(n=4)])

    refused(world, InsufficientCredits, references=[data(), {"uploadId": upload}])


def test_an_upload_that_is_gone_just_then_leaves_nothing(world: World) -> None:
    upload = world.upload(png(30, 10))
    [key] = [one["Key"] for one in world.s3.list_objects_v2(Bucket="assets", Prefix="uploads/")["Contents"]]
    in_between(world, "copy_object", lambda: world.s3.delete_object(Bucket="assets", Key=key))

    refused(world, InvalidReference, references=[data(), {"uploadId": upload}])


def test_a_second_copy_for_the_same_key_is_deleted_and_the_first_ones_stays(world: World) -> None:
    references = [data(png(40, 20))]
    in_between(world, "put_object", lambda: world.begin(key="k", references=references))

    again = world.begin(key="k", references=references)

    assert again.replayed
    assert len(incoming(world)) == 1
    world.run(again.job.id)
    assert len(world.providers["openai"].orders[-1].references) == 1


def test_bytes_of_references_are_counted_an_hour_also_for_uploads_that_are_copied_anew(world: World) -> None:
    content = png()
    world.allowing(owner_reference_bytes_per_hour=2 * len(content))
    upload = world.upload(content)
    for _ in range(2):
        world.begin(references=[{"uploadId": upload}])
    before = incoming(world)

    with pytest.raises(RateLimited, match="bytes of references") as refusal:
        world.begin(references=[{"uploadId": upload}])

    assert incoming(world) == before
    assert refusal.value.retry_after_seconds == 3600
    world.begin()
    world.give(BOB)
    world.begin(BOB, references=[data(content)])
    world.clock.forward(3600)
    world.begin(references=[{"uploadId": upload}])


def test_bytes_of_anonymous_references_are_counted_by_address(world: World) -> None:
    content = png()
    world.allowing(anonymous=True, anonymous_daily_credits=600, address_reference_bytes_per_hour=len(content))
    world.begin(replace(NOBODY, address=HOME), references=[data(content)])

    with pytest.raises(RateLimited):
        world.begin(replace(NOBODY, address=HOME), references=[data(content)])
    world.begin(replace(NOBODY, address="198.51.100.1"), references=[data(content)])


def test_a_command_names_no_object_of_the_stages_own_bucket(world: World) -> None:
    world.give(BOB)
    [image] = world.run(world.begin(BOB).job.id).images
    ask = a_job_request(
        {"prompt": "a lamp", "references": [{"s3": {"bucket": "assets", "key": image.key}}]}, by_command=True
    )

    with pytest.raises(InvalidReference, match="own bucket"):
        world.start(ask, caller=ANN, key=None)

    assert incoming(world) == []
