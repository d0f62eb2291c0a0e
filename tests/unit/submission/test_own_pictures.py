"""Pictures that were made here as references: whose they may be, what they may be, and what becomes of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from easel.errors import Forbidden, InvalidReference
from easel.identity.callers import Caller
from easel.jobs.model import Job, Status
from easel.providers.errors import ProviderRefused
from tests.support.requests import a_job_request
from tests.support.world import ANN, BOB, NOBODY, PAYMENTS, World


def made(world: World, caller: Caller = ANN, **fields: Any) -> Job:
    return world.run(world.begin(caller, **fields).job.id)


def refusal(world: World, caller: Caller = ANN, **fields: Any) -> InvalidReference:
    """The refusal of a request that holds nothing and leaves nothing behind."""
    before = world.available(caller), len(world.workflow.started)
    with pytest.raises(InvalidReference) as told:
        world.begin(caller, **fields)
    assert (world.available(caller), len(world.workflow.started)) == before
    assert not world.s3.list_objects_v2(Bucket="assets", Prefix="incoming/").get("Contents")
    return told.value


def words(error: InvalidReference) -> Any:
    return error.args, error.errors


def test_a_picture_made_here_becomes_a_reference(quick_world: World) -> None:
    first = made(quick_world, n=2, size="1536x1024")

    job = made(quick_world, references=[{"job": {"id": first.id, "image": 1}}])

    assert (job.status, job.mode) == (Status.SUCCEEDED, "image_to_image")
    [reference] = quick_world.providers["openai"].orders[-1].references
    assert (int.from_bytes(reference.content[16:20]), int.from_bytes(reference.content[20:24])) == (96, 64)


def test_an_edit_outlives_the_picture_it_began_from(quick_world: World) -> None:
    first = made(quick_world)
    started = quick_world.begin(references=[{"job": {"id": first.id}}]).job
    quick_world.erase(first.id, caller=ANN)

    assert quick_world.run(started.id).status is Status.SUCCEEDED


def of_nobody(world: World) -> str:
    return "k" + "a" * 26


def of_another(world: World) -> str:
    world.give(BOB)
    return made(world, BOB).id


def of_another_still_running(world: World) -> str:
    world.give(BOB)
    return world.begin(BOB).job.id


def of_strangers(world: World) -> str:
    world.allowing(anonymous=True, anonymous_daily_credits=100)
    return made(world, NOBODY).id


def erased(world: World) -> str:
    job = made(world)
    world.erase(job.id, caller=ANN)
    return job.id


def not_yet_swept(world: World) -> str:
    job = made(world)
    world.eraser.ask(job.id, caller=ANN)
    return job.id


def failed(world: World) -> str:
    world.providers["openai"].script[:] = [ProviderRefused("no", stage="input")]
    return made(world).id


def running(world: World) -> str:
    return world.begin().job.id


@pytest.mark.parametrize(
    "job", [of_another, of_another_still_running, of_strangers, erased, not_yet_swept, failed, running]
)
def test_what_is_no_picture_of_ones_own_is_refused_in_the_same_words(
    quick_world: World, job: Callable[[World], str]
) -> None:
    named = job(quick_world)

    told = refusal(quick_world, references=[{"job": {"id": named}}])

    assert words(told) == words(refusal(quick_world, references=[{"job": {"id": of_nobody(quick_world)}}]))
    assert told.errors
    assert told.errors[0][0] == "references[0].job"


def test_an_image_that_the_job_has_not_is_named(quick_world: World) -> None:
    first = made(quick_world)

    told = refusal(quick_world, references=[{"job": {"id": first.id, "image": 3}}])

    assert "names image 3 of a job that has 1" in str(told.errors)


def test_the_picture_of_another_is_no_mask_either(quick_world: World) -> None:
    quick_world.give(BOB)
    foreign, own = made(quick_world, BOB), made(quick_world)

    told = refusal(quick_world, references=[{"job": {"id": own.id}}], mask={"job": {"id": foreign.id}})

    assert told.errors
    assert told.errors[0][0] == "mask.job"


def test_a_key_that_may_not_read_jobs_makes_none_of_their_pictures(quick_world: World) -> None:
    first = made(quick_world)
    ask = a_job_request({"prompt": "the same again", "references": [{"job": {"id": first.id}}]})

    with pytest.raises(Forbidden, match="read"):
        quick_world.start(ask, caller=replace(ANN, scopes=frozenset({"generate"})), key=None)


def test_a_service_uses_the_pictures_of_whom_it_acts_for_and_not_its_own_for_them(quick_world: World) -> None:
    quick_world.give(PAYMENTS)
    first, services = made(quick_world), made(quick_world, PAYMENTS)
    for_ann = PAYMENTS.acting_for(ANN.owner)

    assert made(quick_world, for_ann, references=[{"job": {"id": first.id}}]).status is Status.SUCCEEDED
    quick_world.s3.delete_object(Bucket="assets", Key="incoming/")
    with pytest.raises(InvalidReference):
        quick_world.begin(for_ann, references=[{"job": {"id": services.id}}])


@pytest.mark.parametrize(
    ("field", "changes", "says"),
    [
        ("references", {"width": 6_000, "height": 6_000}, "is 6000x6000"),
        ("mask", {"bytes": 4_000_000}, "under 4 MB"),
        ("mask", {"mime_type": "image/webp"}, "must be a PNG"),
    ],
)
def test_what_is_too_large_is_refused_before_anything_is_held(
    quick_world: World, field: str, changes: dict[str, Any], says: str
) -> None:
    first, other = made(quick_world), made(quick_world)
    odd = tuple(image.model_copy(update=changes) for image in other.images)
    quick_world.store.save(other, other.moved(images=odd))
    named = {"job": {"id": other.id}}

    wish: dict[str, Any] = {"references": [named]} if field == "references" else {}
    told = refusal(quick_world, **(wish or {"references": [{"job": {"id": first.id}}], "mask": named}))

    assert says in str(told.errors)


def test_a_picture_erased_between_looking_and_copying_starts_nothing(quick_world: World) -> None:
    first = made(quick_world)
    look = quick_world.start.hold.look
    hold: Any = replace(quick_world.start.hold)
    object.__setattr__(hold, "look", lambda *asked: (look(*asked), quick_world.erase(first.id, caller=ANN)))
    start = replace(quick_world.start, hold=hold)
    before = quick_world.available()

    with pytest.raises(InvalidReference):
        start(a_job_request({"prompt": "a lamp", "references": [{"job": {"id": first.id}}]}), caller=ANN, key=None)

    assert quick_world.available() == before


def test_the_same_key_is_the_same_edit_though_its_picture_is_gone(quick_world: World) -> None:
    first = made(quick_world)
    wish: Any = {"references": [{"job": {"id": first.id}}]}
    started = quick_world.begin(key="edit-1", **wish)
    quick_world.erase(first.id, caller=ANN)

    again = quick_world.begin(key="edit-1", **wish)

    assert (again.job.id, again.replayed) == (started.job.id, True)
