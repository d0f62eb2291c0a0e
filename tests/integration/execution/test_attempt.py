"""Several providers on one job, partial images, and what an operator is told."""

import io
import logging
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from easel.clock import SECOND
from easel.jobs.model import Status
from easel.limits.worker_seats import WorkerSeats
from easel.providers.errors import ProviderMisconfigured, ProviderRefused, ProviderUnavailable
from easel.providers.protocol import Made, Order
from tests.support.builders import a_data_url
from tests.support.fakes import FakeProvider, pictures, png
from tests.support.world import ANN, World


def a_drawing(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (width, height), (200, 0, 0, 90)).save(out, "PNG")
    return out.getvalue()


def gone() -> ProviderUnavailable:
    return ProviderUnavailable("down")


def test_what_a_one_image_provider_leaves_is_made_by_the_next_and_each_image_has_its_makers_price(world: World) -> None:
    world.providers["openai_compatible"] = FakeProvider(pictures, pictures, gone(), gone())

    job = world.run(world.begin(n=4, provider="openai_compatible").job.id)

    makers = [attempt.provider for attempt, _ in job.delivered()]
    assert sorted(makers) == ["openai", "openai", "openai_compatible", "openai_compatible"]
    prices = {step.provider: step.credits_per_image for step in job.route}
    assert job.charged == 2 * prices["openai"] + 2 * prices["openai_compatible"] == 20
    assert len(world.providers["openai_compatible"].orders) == 4


def test_with_nobody_left_two_of_four_are_charged_and_the_rest_is_said(world: World) -> None:
    world.providers["openai_compatible"] = FakeProvider(pictures, pictures, *(gone() for _ in range(60)))

    job = world.run(world.begin(n=4, provider="openai_compatible", fallback=False).job.id, tasks=200)

    assert (job.status, len(job.images), job.charged) == (Status.SUCCEEDED, 2, 8)
    assert "2 of 4 images could be made; only those are charged" in job.warnings
    assert world.available() == 100 - 8


def test_previews_are_shown_small_while_the_image_is_made_and_not_afterwards(world: World) -> None:
    seen: list[int] = []

    def made(order: Order) -> Made:
        assert order.on_preview is not None
        for index in range(order.previews):
            order.on_preview(index, png(1024, 640))
            seen.append(len(world.status.previews(world.job(job_id))))
        order.on_preview(2, png())
        order.on_preview(0, b"no image at all")
        return pictures(order)

    world.providers["openai"] = FakeProvider(made)
    job_id = world.begin(previews=2).job.id

    job = world.run(job_id)

    assert seen == [1, 2]
    assert world.status.previews(job) == ()
    assert job.status is Status.SUCCEEDED


def test_a_preview_wakes_whoever_waits_for_a_change(world: World) -> None:
    job_id = world.begin(previews=2).job.id
    woken: list[int] = []

    def made(order: Order) -> Made:
        assert order.on_preview is not None
        seen = world.status.seen(world.job(job_id))
        world.clock.on_sleep = lambda: order.on_preview and order.on_preview(0, png())
        asked = world.clock.now()
        world.watch(job_id, caller=ANN, seen=seen, until=asked + 20 * SECOND)
        woken.append(world.clock.now() - asked)
        world.clock.on_sleep = None
        return pictures(order)

    world.providers["openai"] = FakeProvider(made)

    world.run(job_id)

    assert woken[0] <= SECOND


def test_previews_are_of_one_image_and_of_models_that_show_them(world: World) -> None:
    for fields in ({"previews": 1, "n": 2}, {"previews": 1, "modelId": "compatible"}):
        with pytest.raises(Exception, match="previews"):
            world.begin(**fields)


def test_what_only_an_operator_can_mend_is_logged_once_with_its_remedy(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    wrong = ProviderMisconfigured("openai: 429 insufficient_quota", what="quota", remedy="add credit")
    world.providers["openai"] = FakeProvider(wrong)

    job = world.run(world.begin(provider="openai").job.id)

    (record,) = [each for each in caplog.records if each.message == "provider_misconfigured"]
    assert (vars(record)["provider"], vars(record)["what"], vars(record)["remedy"]) == ("openai", "quota", "add credit")
    assert world.meter.counts["ProviderMisconfigured.provider=openai"] == 1
    assert job.status is Status.SUCCEEDED


def test_what_a_provider_said_is_logged_for_operators(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    world.providers["openai"] = FakeProvider(ProviderUnavailable("openai: 500 server_error"))

    job = world.run(world.begin().job.id)

    (record,) = [each for each in caplog.records if each.message == "attempt_failed"]
    said = {name: vars(record)[name] for name in ("jobId", "attempt", "provider", "outcome", "reason")}
    assert said == {
        "jobId": job.id,
        "attempt": 1,
        "provider": "openai",
        "outcome": "unavailable",
        "reason": "openai: 500 server_error",
    }


def test_a_markup_goes_to_the_provider_as_one(world: World) -> None:
    reference, over = png(96, 64), a_drawing(96, 64)

    job = world.run(
        world.begin(
            modelId="gpt-image-2.5-sunburst",
            references=[{"data": a_data_url(reference)}],
            markup={"data": a_data_url(over)},
        ).job.id
    )

    (order,) = world.providers["openai"].orders
    assert order.markup is not None
    assert order.mask is None
    assert len(order.references) == 1
    assert job.status is Status.SUCCEEDED


def test_a_markup_that_does_not_fit_its_reference_is_the_callers_to_mend(world: World) -> None:
    data: dict[str, Any] = {
        "references": [{"data": a_data_url(png(96, 64))}],
        "markup": {"data": a_data_url(a_drawing(9, 9))},
    }

    job = world.run(world.begin(modelId="gpt-image-2.5-sunburst", **data).job.id)

    assert job.failure is not None
    assert job.failure.code == "invalid_reference"
    assert "markup" in job.failure.message


def test_ten_large_pictures_are_ordered_in_as_many_calls_as_their_answers_fit(world: World) -> None:
    world.give(amount=1_000)

    job = world.run(world.begin(n=10, size="3840x2160").job.id)

    assert sorted(order.n for order in world.providers["openai"].orders) == [2, 4, 4]
    assert (job.status, len(job.images)) == (Status.SUCCEEDED, 10)


def test_a_job_whose_answers_are_always_cut_is_made_in_part_and_says_so(world: World) -> None:
    def cut(order: Order) -> Made:
        whole = pictures(order)
        return replace(whole, images=whole.images[:1], cost_micros=None, reason="cut; 1 of its images was whole")

    world.providers["openai"].script = [cut, cut]
    job = world.run(world.begin(n=4, provider="openai", fallback=False).job.id)

    assert (job.status, len(job.images), len(world.providers["openai"].orders)) == (Status.SUCCEEDED, 2, 2)
    assert "2 of 4 images could be made; only those are charged" in job.warnings
    assert world.available() == 100 - job.charged
    assert [call.reason for attempt in job.attempts for call in attempt.calls] == ["cut; 1 of its images was whole"] * 2
    assert job.cost_micros() >= 7 * job.route[0].worst_micros_per_image  # four were paid for, then three


def test_a_refusal_in_the_middle_of_a_stream_ends_the_job_and_gives_its_credits_back(world: World) -> None:
    world.providers["openai"] = FakeProvider(ProviderRefused("moderation_blocked", paid=True, cost_micros=9_000))

    job = world.run(world.begin(previews=1).job.id)

    assert job.failure is not None
    assert (job.failure.code, job.charged, world.available()) == ("content_refused", 0, 100)
    assert job.cost_micros() == 9_000


def test_a_job_without_a_worker_waits_and_is_made_when_one_is_free(world: World) -> None:
    vars(world.attempt)["seats"] = WorkerSeats(world.database, "limits", world.clock, seats=1)
    with world.attempt.seats.of("another job's worker") as other:
        other.take(until=world.clock.now() + 20 * SECOND)
        job_id = world.begin().job.id
        answer = world.attempt(job_id, crashes=0, dead=-1)

        assert (answer.outcome, world.job(job_id).attempts) == ("wait", ())
        assert 5 <= (answer.seconds or 0) <= 15

    assert world.run(job_id).status == Status.SUCCEEDED
    assert world.run(world.begin().job.id).status == Status.SUCCEEDED  # which the first has left its seat to


def test_a_job_that_finds_no_worker_until_its_deadline_is_told_so_and_gets_its_credits_back(world: World) -> None:
    vars(world.attempt)["seats"] = WorkerSeats(world.database, "limits", world.clock, seats=1)
    with world.attempt.seats.of("another job's worker") as other:
        other.take(until=world.clock.now() + 2 * world.clocks.deadline * SECOND)
        job = world.run(world.begin().job.id, tasks=400)

    assert (job.status, job.failure and job.failure.code) == (Status.FAILED, "providers_unavailable")
    assert job.failure
    assert "No worker was free" in job.failure.message
    assert world.available() == 100
