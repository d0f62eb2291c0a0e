"""What is seen of a job's images before it has ended."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from easel.clock import SECOND
from easel.errors import JobErased, NotFound
from easel.jobs import views
from easel.jobs.read import JobReader
from easel.providers.errors import ProviderUnavailable
from easel.providers.protocol import Made, Order
from tests.support.fakes import FakeQueue, only, pictures
from tests.support.world import ANN, World


def look(world: World, job_id: str) -> dict[str, Any]:
    job = world.status.with_arrived(world.status.read(job_id, caller=ANN).job)
    return views.status(job, None, links=world.status.link, address=lambda path: path).body()


def one_by_one(world: World) -> None:
    """A provider that makes one image a call, one call after the other."""
    calls = replace(world.attempt.calls, spread=lambda call, groups: [call(group) for group in groups])
    world.attempt = replace(world.attempt, calls=calls)


def meanwhile(world: World, do: Callable[[int], object]) -> None:
    """Do something while each of the calls is under way."""
    made: list[int] = []

    def make(order: Order) -> Made:
        do(len(made))
        made.append(1)
        return pictures(order)

    world.providers["openai"].script[:] = [make] * 9


def test_images_of_a_running_job_are_shown_as_they_are_stored(quick_world: World) -> None:
    world, seen = quick_world, []
    one_by_one(world)
    job = world.begin(n=3, size="1024x1536").job
    step = job.route[0].model_copy(update={"images_per_call": 1})
    world.store.change(job.id, lambda row: row.moved(route=(step, *row.route[1:])))  # type: ignore[union-attr]
    meanwhile(world, lambda _: seen.append(look(world, job.id)))

    done = world.run(job.id)

    assert [[image["slot"] for image in view["images"]] for view in seen] == [[], [0], [0, 1]]
    assert {view["progress"]["stage"] for view in seen} == {"generating"}
    early, late = seen[-1]["images"][1], look(world, done.id)["images"][1]
    assert early["address"] == late["address"] == f"/api/aiimage/jobs/{job.id}/images/1"
    assert (early["width"], early["height"], early["mimeType"]) == (1024, 1536, "image/png")
    assert early["bytes"] == late["bytes"]
    assert early["url"].partition("?")[0] == late["url"].partition("?")[0]


def test_what_the_first_provider_delivered_is_seen_while_the_next_makes_the_rest(quick_world: World) -> None:
    world, seen = quick_world, []
    world.providers["openai"].script[:] = [only(2)]
    job = world.begin(n=3).job

    def make(order: Order) -> Made:
        seen.append(look(world, job.id))
        return pictures(order)

    world.providers["openai_compatible"].script[:] = [make]
    world.run(job.id)

    [view] = seen
    assert [image["slot"] for image in view["images"]] == [0, 1]
    assert (view["servedModelId"], view["status"]) == ("gpt-image-2", "running")


def test_an_address_leads_to_the_slot_it_names_and_nowhere_while_that_is_empty(quick_world: World) -> None:
    world = quick_world
    world.providers["openai"].script[:] = [only(1)]
    job = world.begin(n=2).job
    found = []

    def make(order: Order) -> Made:
        now = world.status.with_arrived(world.job(job.id))
        found.append(world.status.link(now, 0).url)
        with pytest.raises(NotFound):
            world.status.link(now, 1)
        raise ProviderUnavailable("down")

    world.providers["openai_compatible"].script[:] = [make] * 9
    world.run(job.id)

    assert f"/jobs/{job.id}/1/0.png?" in found[0]


def test_what_a_queue_has_delivered_is_seen(quick_world: World) -> None:
    world = quick_world
    queue = FakeQueue(world.clock)
    world.replace("openai", queue)
    job = world.begin(n=2, modelId="gpt-image-2").job
    world.attempt(job.id, crashes=0, dead=-1)

    assert look(world, job.id)["images"] == []
    world.run(job.id)
    assert len(look(world, job.id)["images"]) == 2


def test_a_long_poll_hears_of_each_image(quick_world: World) -> None:
    world, heard = quick_world, []
    one_by_one(world)
    job = world.begin(n=2).job
    step = job.route[0].model_copy(update={"images_per_call": 1})
    world.store.change(job.id, lambda row: row.moved(route=(step, *row.route[1:])))  # type: ignore[union-attr]

    def poll(number: int) -> None:
        row = world.job(job.id)
        before = replace(world.status.seen(row), pieces=0)
        found = world.watch(job.id, caller=ANN, seen=before, until=world.clock.now() + SECOND)
        heard.append((number, world.status.seen(found.job) != before))

    meanwhile(world, poll)
    world.run(job.id)

    assert heard == [(0, False), (1, True)]


def test_a_picture_without_its_thumbnail_is_not_there_yet(quick_world: World) -> None:
    world, seen = quick_world, []
    job = world.begin(n=2).job

    def make(order: Order) -> Made:
        world.assets.put(f"jobs/{job.id}/1/0.png", b"x", "image/png")
        world.assets.put(f"jobs/{job.id}/1/evidence.json", b"{}", "application/json")
        seen.append(look(world, job.id)["images"])
        return pictures(order)

    world.providers["openai"].script[:] = [make]
    world.run(job.id)

    assert seen == [[]]


def test_of_an_erased_job_nothing_is_seen(quick_world: World) -> None:
    world = quick_world
    job = world.begin(n=2).job

    def make(order: Order) -> Made:
        world.eraser.ask(job.id, caller=ANN)
        reader: JobReader = world.status
        assert reader.with_arrived(world.job(job.id)).images == ()
        with pytest.raises(JobErased):
            reader.read(job.id, caller=ANN)
        return pictures(order)

    world.providers["openai"].script[:] = [only(1), make]
    world.providers["openai_compatible"].script[:] = [make]
    world.run(job.id)
