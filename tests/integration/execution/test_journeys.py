"""Whole journeys of a job, through the real use cases and adapters, on moto's tables and bucket."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest

from easel.errors import InsufficientCredits, JobNotCancelable, NotFound
from easel.jobs.model import Status
from easel.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnknown,
)
from easel.providers.protocol import Made, Order, Outcome
from tests.support.fakes import FakeProvider, only, pictures, png
from tests.support.world import ANN, BOB, World

DOWN = ProviderUnavailable("500 server_error", paid=True)


def test_a_job_makes_its_picture_and_charges_once(world: World) -> None:
    started = world.begin()
    assert world.available() == 94

    job = world.run(started.job.id)

    assert (job.status, job.charged, job.returned, len(job.images)) == (Status.SUCCEEDED, 6, 0, 1)
    assert world.available() == 94
    assert world.assets.read(job.images[0].key)
    assert world.assets.read(job.images[0].thumbnail_key)
    assert world.budget_folds()


def test_the_second_provider_takes_over_and_the_job_is_charged_once(world: World) -> None:
    world.providers["openai"] = FakeProvider(DOWN)

    job = world.run(world.begin().job.id)

    assert [a.outcome for a in job.attempts] == [Outcome.UNAVAILABLE, Outcome.DELIVERED]
    assert [a.provider for a in job.attempts] == ["openai", "openai_compatible"]
    assert job.status is Status.SUCCEEDED
    assert job.charged == job.route[1].credits_per_image
    assert "openai could not make every image; openai_compatible served this" in job.warnings
    assert world.budget_folds()


def test_a_refused_prompt_gives_the_credits_back_and_asks_nobody_else(world: World) -> None:
    world.providers["openai"] = FakeProvider(
        ProviderRefused("moderation_blocked", stage="input", categories=["violence"])
    )

    job = world.run(world.begin().job.id)

    assert job.status is Status.FAILED
    assert job.failure is not None
    assert (job.failure.code, job.failure.categories) == ("content_refused", ("violence",))
    assert world.available() == 100
    assert not world.providers["openai_compatible"].orders
    assert world.budget_folds()


def test_when_every_provider_is_down_the_credits_come_back(world: World) -> None:
    world.providers = {"openai": FakeProvider(DOWN), "openai_compatible": FakeProvider(DOWN)}

    job = world.run(world.begin().job.id)

    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "providers_unavailable")
    assert world.available() == 100
    assert [len(p.orders) for p in world.providers.values()] == [1, 1]


def test_wrong_keys_everywhere_are_told_as_the_operators_mistake(world: World) -> None:
    wrong = ProviderMisconfigured("invalid_api_key")
    world.providers = {"openai": FakeProvider(wrong), "openai_compatible": FakeProvider(wrong)}

    job = world.run(world.begin().job.id)

    assert job.failure is not None
    assert job.failure.code == "provider_misconfigured"
    assert world.meter.counts["ProviderMisconfigured"] == 2


def test_the_only_provider_gets_one_more_turn_and_no_third(world: World) -> None:
    world.providers["openai"] = FakeProvider(DOWN, DOWN, DOWN)

    job = world.run(world.begin(fallback=False, provider="openai").job.id)

    assert job.status is Status.FAILED
    assert len(world.providers["openai"].orders) == 2


def test_a_busy_provider_is_waited_for_when_nobody_else_is_left(world: World) -> None:
    busy = ProviderBusy("rate_limit_exceeded", retry_after_seconds=30)
    world.providers["openai"] = FakeProvider(busy, busy, clock=world.clock)
    before = world.clock.now()

    job = world.run(world.begin(fallback=False, provider="openai").job.id)

    assert job.status is Status.SUCCEEDED
    assert world.clock.now() - before >= 60_000


def test_a_timeout_sends_the_job_on_and_never_pays_a_provider_three_times(world: World) -> None:
    late = ProviderUnknown("timed out")
    world.providers = {"openai": FakeProvider(late, late, late), "openai_compatible": FakeProvider(late, late, late)}

    job = world.run(world.begin().job.id)

    assert job.status is Status.FAILED
    assert [a.provider for a in job.attempts] == ["openai", "openai_compatible"] * 2
    assert world.available() == 100


def test_missing_images_are_made_by_the_next_provider_and_charged_at_its_price(world: World) -> None:
    world.providers["openai"] = FakeProvider(only(2))

    job = world.run(world.begin(n=4).job.id)

    first, second = job.route[0].credits_per_image, job.route[1].credits_per_image
    assert job.status is Status.SUCCEEDED
    assert [image.slot for image in job.images] == [0, 1, 2, 3]
    assert job.charged == 2 * first + 2 * second
    assert job.attempts[1].slots == (2, 3)


def test_too_few_images_and_nobody_left_charges_for_those_that_came(world: World) -> None:
    world.providers = {"openai": FakeProvider(only(2)), "openai_compatible": FakeProvider(DOWN, DOWN)}

    job = world.run(world.begin(n=4).job.id)

    assert job.status is Status.SUCCEEDED
    assert job.charged == 2 * job.route[0].credits_per_image
    assert job.charged + job.returned == job.held
    assert "2 of 4 images could be made; only those are charged" in job.warnings


def test_bytes_that_are_no_image_are_not_an_image(world: World) -> None:
    world.providers["openai"] = FakeProvider(lambda _: Made(images=(b"<html>sorry</html>",), cost_micros=40_000))

    job = world.run(world.begin().job.id)

    assert job.attempts[0].outcome is Outcome.UNAVAILABLE
    assert job.attempts[0].calls[0].paid
    assert job.images[0].key.startswith(f"jobs/{job.id}/2/")


def test_a_job_canceled_before_its_first_attempt_costs_nothing(world: World) -> None:
    job_id = world.begin().job.id

    canceled = world.cancel(job_id, caller=ANN)

    assert canceled.status is Status.CANCELED
    assert world.available() == 100
    assert world.attempt(job_id, crashes=0, dead=-1).outcome == "ended"
    assert not world.providers["openai"].orders
    assert world.budget_folds()


def test_a_picture_that_arrives_after_the_cancel_is_charged_and_shown(world: World) -> None:
    job_id = world.begin().job.id
    provider = world.providers["openai"]

    def canceled_meanwhile(order: Order) -> Made:
        assert world.cancel(job_id, caller=ANN).cancel_requested
        return pictures(order)

    provider.script = [canceled_meanwhile]

    job = world.run(job_id)

    assert (job.status, job.charged) == (Status.SUCCEEDED, 6)


def test_a_final_job_cannot_be_canceled(world: World) -> None:
    job = world.run(world.begin().job.id)

    with pytest.raises(JobNotCancelable):
        world.cancel(job.id, caller=ANN)


def test_another_users_job_is_not_found(world: World) -> None:
    job_id = world.begin().job.id

    with pytest.raises(NotFound):
        world.cancel(job_id, caller=BOB)
    with pytest.raises(NotFound):
        world.status.read(job_id, caller=BOB)


def test_without_credits_nothing_is_held_and_nothing_is_called(world: World) -> None:
    with pytest.raises(InsufficientCredits) as refusal:
        world.begin(caller=BOB)

    assert refusal.value.facts == {"required": 6, "available": 0}
    assert not world.workflow.started
    assert world.ledger.balance(BOB.owner).version == 0


def billed(reference_tokens: int) -> Callable[[Order], Made]:
    """A provider that bills a low picture of gpt-image-2 and so many tokens for each reference."""

    def make(order: Order) -> Made:
        return replace(pictures(order), cost_micros=5_880 + reference_tokens * 8 * len(order.references))

    return make


@pytest.mark.parametrize(("reference_tokens", "charged"), [(1_229, 4), (3_000, 8), (6_800, 17)])
def test_an_edit_is_not_sold_below_what_its_provider_billed(world: World, reference_tokens: int, charged: int) -> None:
    reference = {"data": f"data:image/png;base64,{base64.b64encode(png()).decode()}"}
    world.providers["openai"].script = [billed(reference_tokens)]
    job = world.run(world.begin(quality="low", references=[reference] * 3).job.id)

    assert (job.held, job.charged) == (17, charged)
    assert job.charged * world.policy.credit_micros >= job.cost_micros()
    assert world.available() == 100 - charged
