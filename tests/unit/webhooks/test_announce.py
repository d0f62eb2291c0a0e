"""The event of a job's end: written with it, once, whoever ends it, and only where somebody wants it."""

from typing import Any

import pytest

from easel.jobs.model import Job, Status
from easel.providers.errors import ProviderUnavailable
from easel.webhooks.announce import event_of
from easel.webhooks.model import Endpoint, WebhookEvent
from easel.webhooks.requests import WebhookChanges
from tests.support.fakes import FakeProvider
from tests.support.receiver import URL
from tests.support.world import ANN, BOB, NOBODY, World


def event(world: World, job: Job) -> WebhookEvent | None:
    return world.webhooks.event(job.owner, event_of(job).id)


def finished(world: World, **fields: Any) -> Job:
    return world.run(world.begin(**fields).job.id)


def test_a_job_whose_owner_has_no_endpoint_writes_nothing_and_asks_nobody(quick_world: World) -> None:
    job = finished(quick_world)

    assert event(quick_world, job) is None
    assert quick_world.asked_at_once == []


def test_where_the_operator_wants_every_job_on_the_bus_nobody_else_need_want_it(quick_world: World) -> None:
    quick_world.allowing(announce_every_job=True)
    job = finished(quick_world)

    written = event(quick_world, job)
    assert written
    assert quick_world.asked_at_once == [job.id]
    quick_world.deliver.due(until=quick_world.clock.now() + 30_000)
    assert [kind for kind, _ in quick_world.receiver.told] == ["job.succeeded"]


def test_a_job_that_succeeds_is_written_with_its_end_and_delivered_at_once(
    quick_world: World, endpoint: Endpoint
) -> None:
    job = finished(quick_world)

    written = event(quick_world, job)
    assert written
    assert (written.type, written.at, written.job_id, written.endpoints) == (
        "job.succeeded",
        job.finished_at,
        job.id,
        None,
    )
    assert quick_world.asked_at_once == [job.id]


def test_a_job_that_fails_is_written(quick_world: World, endpoint: Endpoint) -> None:
    for provider in quick_world.providers.values():
        provider.script = [ProviderUnavailable("down", paid=False)] * 9

    job = finished(quick_world)

    assert job.status is Status.FAILED
    written = event(quick_world, job)
    assert written
    assert written.type == "job.failed"


def test_a_job_that_is_canceled_is_written(quick_world: World, endpoint: Endpoint) -> None:
    job = quick_world.cancel(quick_world.begin().job.id, caller=ANN)

    written = event(quick_world, job)
    assert written
    assert written.type == "job.canceled"


def test_a_job_that_the_reconciler_ends_is_written(quick_world: World, endpoint: Endpoint) -> None:
    job_id = quick_world.begin(key="k").job.id
    quick_world.reconciled(1_200)

    job = quick_world.job(job_id)
    assert job.final
    assert event(quick_world, job)


def test_a_job_with_an_address_of_its_own_is_written_though_its_owner_has_no_endpoint(quick_world: World) -> None:
    assert event(quick_world, finished(quick_world, webhookUrl=URL))


def test_an_endpoint_that_wants_other_events_or_is_off_is_nobody_to_tell(
    quick_world: World, endpoint: Endpoint
) -> None:
    change = WebhookChanges.model_validate({"events": ["job.failed"]})
    quick_world.endpoints.change(endpoint.id, change, caller=ANN)
    assert event(quick_world, finished(quick_world)) is None

    change = WebhookChanges.model_validate({"events": ["job.succeeded"], "enabled": False})
    quick_world.endpoints.change(endpoint.id, change, caller=ANN)
    assert event(quick_world, finished(quick_world)) is None


def test_somebody_elses_endpoint_is_told_nothing(quick_world: World, endpoint: Endpoint) -> None:
    quick_world.give(BOB)

    assert event(quick_world, finished(quick_world, caller=BOB)) is None


def test_settling_twice_writes_one_event(quick_world: World, endpoint: Endpoint) -> None:
    job = finished(quick_world)
    before = event(quick_world, job)

    quick_world.clock.forward(90)
    quick_world.settle(job.id)

    assert event(quick_world, job) == before
    assert quick_world.asked_at_once == [job.id]


def test_a_job_that_is_erased_while_it_runs_tells_nobody(quick_world: World, endpoint: Endpoint) -> None:
    job_id = quick_world.begin().job.id
    quick_world.eraser.ask(job_id, caller=ANN)

    job = quick_world.job(job_id)
    assert job.final
    assert event(quick_world, job) is None


def test_who_has_not_signed_in_cannot_name_an_address(quick_world: World) -> None:
    quick_world.allowing(anonymous=True, anonymous_daily_credits=100)

    with pytest.raises(Exception, match="webhookUrl: needs an owner"):
        quick_world.begin(NOBODY, webhookUrl=URL)


def test_an_address_that_leads_inside_is_refused_before_anything_is_held(quick_world: World) -> None:
    quick_world.hosts["hooks.shop.example"] = ("10.0.0.9",)

    with pytest.raises(Exception, match="private network"):
        quick_world.begin(webhookUrl=URL)

    assert quick_world.available() == 100
    assert isinstance(quick_world.providers["openai"], FakeProvider)
