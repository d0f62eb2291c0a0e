"""Deliveries: everything arrives, under one id, however often it takes and whoever dies meanwhile."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from easel.clock import DAY, HOUR, MINUTE, SECOND
from easel.errors import Busy
from easel.providers.errors import ProviderUnavailable
from easel.schemas import instant
from easel.webhooks import signing
from easel.webhooks.announce import event_of
from easel.webhooks.deliver import _taking_turns
from easel.webhooks.model import DEFAULT, Endpoint
from easel.webhooks.requests import WebhookChanges, WebhookRequest
from easel.webhooks.sending import Answered
from easel.webhooks.store import DueRow
from tests.support.receiver import FAILED, MASTER, TAKEN, URL, Letter
from tests.support.webhook_endpoint import delivery, ended
from tests.support.world import ANN, World


def verified(letter: Letter, endpoint_id: str, monkeypatch: pytest.MonkeyPatch, version: int = 1) -> Any:
    """The body, if the standard's library takes it at the time when it was sent."""
    key = signing.secret(MASTER, ANN.owner, endpoint_id, version)
    monkeypatch.setattr(Webhook, "_Webhook__verify_timestamp", lambda _self, said: _at(said))
    return Webhook(signing.written(key)).verify(letter.body, dict(letter.headers))


def _at(said: str) -> Any:
    return datetime.fromtimestamp(float(said), tz=UTC)


def test_a_success_is_told_in_a_thin_signed_body(
    quick_world: World, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ended(quick_world, metadata={"order": "17"})

    assert quick_world.deliver_now(job.id) == 1

    [letter] = quick_world.receiver.letters
    assert letter.url == URL
    assert letter.headers["webhook-id"] == f"msg_{event_of(job).id}"
    assert verified(letter, endpoint.id, monkeypatch) == {
        "type": "job.succeeded",
        "timestamp": instant(job.finished_at or 0),
        "data": {
            "jobId": job.id,
            "status": "succeeded",
            "statusUrl": f"https://images.example/api/aiimage/status/{job.id}",
            "metadata": {"order": "17"},
            "charge": {"held": 6, "charged": 6, "returned": 0},
        },
    }
    assert b"lamp" not in letter.body
    assert delivery(quick_world, job, endpoint.id).state == "delivered"


def test_a_canceled_job_says_what_went_back_and_a_failed_one_why(quick_world: World, endpoint: Endpoint) -> None:
    canceled = quick_world.cancel(quick_world.begin().job.id, caller=ANN)
    for provider in quick_world.providers.values():
        provider.script = [ProviderUnavailable("down", paid=False)] * 9
    failed = ended(quick_world)

    quick_world.deliver_now(canceled.id)
    quick_world.deliver_now(failed.id)

    said = [json.loads(letter.body) for letter in quick_world.receiver.letters]
    assert [each["type"] for each in said] == ["job.canceled", "job.failed"]
    assert said[0]["data"]["charge"] == {"held": 6, "charged": 0, "returned": 6}
    assert said[1]["data"]["error"]["code"] == "providers_unavailable"


def test_the_schedule_delivers_what_nobody_delivered_at_once(quick_world: World, endpoint: Endpoint) -> None:
    ended(quick_world)

    quick_world.deliver_for(60)

    assert len(quick_world.receiver.letters) == 1


def test_what_is_delivered_is_not_delivered_again(quick_world: World, endpoint: Endpoint) -> None:
    job = ended(quick_world)

    quick_world.deliver_now(job.id)
    quick_world.deliver_now(job.id)
    quick_world.deliver_for(2 * HOUR // SECOND)

    assert len(quick_world.receiver.letters) == 1


def test_every_endpoint_is_told_on_its_own(quick_world: World, endpoint: Endpoint) -> None:
    other = quick_world.endpoints.create(
        WebhookRequest.model_validate({"url": "https://other.example/", "events": ["job.succeeded"]}), caller=ANN
    ).endpoint
    quick_world.clock.forward(1)
    job = ended(quick_world)
    quick_world.receiver.answers = [FAILED, FAILED, TAKEN]

    quick_world.deliver_now(job.id)

    assert delivery(quick_world, job, endpoint.id).state == "pending"
    assert delivery(quick_world, job, other.id).state == "delivered"
    assert len(set(quick_world.receiver.ids)) == 1


def test_a_jobs_own_address_is_told_under_the_default_secret(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ended(quick_world, webhookUrl="https://own.example/x")

    quick_world.deliver_now(job.id)

    [letter] = quick_world.receiver.letters
    assert letter.url == "https://own.example/x"
    assert verified(letter, DEFAULT, monkeypatch)["data"]["jobId"] == job.id


def test_retry_after_puts_the_next_try_off(quick_world: World, endpoint: Endpoint) -> None:
    job = ended(quick_world)
    quick_world.receiver.answers = [Answered(milliseconds=9, status=429, retry_after="600")]

    quick_world.deliver_now(job.id)

    assert len(quick_world.receiver.letters) == 1
    left = delivery(quick_world, job, endpoint.id)
    assert (left.wake_by or 0) >= quick_world.receiver.letters[0].at + 600 * SECOND


def test_a_410_switches_the_endpoint_off_and_is_not_tried_again(quick_world: World, endpoint: Endpoint) -> None:
    job = ended(quick_world)
    quick_world.receiver.otherwise = Answered(milliseconds=9, status=410)

    quick_world.deliver_now(job.id)
    quick_world.deliver_for(DAY // SECOND, every=600)

    assert len(quick_world.receiver.letters) == 1
    found = quick_world.endpoints.get(endpoint.id, caller=ANN)
    assert (found.off, found.off_reason) == (True, "it answered 410")
    assert delivery(quick_world, job, endpoint.id).state == "given_up"


def test_an_endpoint_that_is_deleted_or_switched_off_meanwhile_is_told_nothing_more(
    quick_world: World, endpoint: Endpoint
) -> None:
    quick_world.receiver.otherwise = FAILED
    job = ended(quick_world)
    quick_world.deliver_now(job.id)
    before = len(quick_world.receiver.letters)

    off = WebhookChanges.model_validate({"enabled": False})
    quick_world.endpoints.change(endpoint.id, off, caller=ANN)
    quick_world.deliver_for(HOUR // SECOND)

    assert len(quick_world.receiver.letters) == before
    left = delivery(quick_world, job, endpoint.id)
    assert (left.state, left.reason) == ("dropped", "the endpoint is switched off")


def test_an_erased_job_is_told_to_nobody_and_its_deliveries_go_with_it(quick_world: World, endpoint: Endpoint) -> None:
    quick_world.receiver.otherwise = FAILED
    job = ended(quick_world, webhookUrl="https://own.example/x?token=secret")
    quick_world.deliver_now(job.id)
    before = len(quick_world.receiver.letters)

    quick_world.eraser.ask(job.id, caller=ANN)
    quick_world.deliver_for(HOUR // SECOND)
    quick_world.eraser.sweep(job.id)

    assert len(quick_world.receiver.letters) == before
    assert quick_world.job(job.id).webhook_url is None
    for name in (endpoint.id, DEFAULT):
        assert quick_world.webhooks.delivery(ANN.owner, name, event_of(job).id) is None
    assert quick_world.webhooks.event(ANN.owner, event_of(job).id) is None


def test_a_worker_that_dies_while_it_posts_is_followed_by_another_after_its_lease(
    quick_world: World, endpoint: Endpoint
) -> None:
    job = ended(quick_world)

    class Died(BaseException):
        pass

    def die() -> None:
        quick_world.receiver.on_post = lambda: None
        raise Died

    quick_world.receiver.on_post = die
    with pytest.raises(Died):
        quick_world.deliver_now(job.id)
    quick_world.deliver.due(until=quick_world.clock.now() + MINUTE)
    assert len(quick_world.receiver.letters) == 1  # it may be alive

    quick_world.deliver_for(60)

    assert len(quick_world.receiver.letters) == 2
    assert len(set(quick_world.receiver.ids)) == 1
    assert delivery(quick_world, job, endpoint.id).state == "delivered"


def test_two_who_deliver_at_once_send_once(quick_world: World, endpoint: Endpoint) -> None:
    job = ended(quick_world)
    met = []

    def second() -> None:
        quick_world.receiver.on_post = lambda: None
        met.append(quick_world.deliver_now(job.id))

    quick_world.receiver.on_post = second

    quick_world.deliver_now(job.id)

    assert met == [1]
    assert len(quick_world.receiver.letters) == 1
    assert len(quick_world.receiver.told) == 1


def test_a_secret_that_cannot_be_read_loses_nothing(quick_world: World, endpoint: Endpoint) -> None:
    job = ended(quick_world)
    send = quick_world.deliver.send

    def unreadable() -> bytes:
        raise Busy("A secret could not be read just now; nothing was done, try again.")

    vars(send)["master"] = unreadable
    quick_world.deliver_for(120)
    assert quick_world.meter.counts["WebhookStuck"] >= 1
    vars(send)["master"] = lambda: MASTER

    quick_world.deliver_for(60)

    assert delivery(quick_world, job, endpoint.id).state == "delivered"


def test_the_bus_is_told_once_and_does_not_keep_deliveries_waiting(quick_world: World, endpoint: Endpoint) -> None:
    quick_world.receiver.bus_down = True
    job = ended(quick_world)
    quick_world.deliver_now(job.id)
    assert delivery(quick_world, job, endpoint.id).state == "delivered"

    quick_world.receiver.bus_down = False
    quick_world.deliver_for(300)

    assert [kind for kind, _ in quick_world.receiver.told] == ["job.succeeded"]
    assert json.loads(quick_world.receiver.told[0][1]) == json.loads(quick_world.receiver.letters[0].body)


def test_an_owner_with_many_due_does_not_keep_others_waiting() -> None:
    rows = [DueRow("ann", str(number)) for number in range(5)] + [DueRow("bob", "0")]

    assert [row.owner for row in _taking_turns(rows)][:2] == ["ann", "bob"]
    assert sorted(map(repr, _taking_turns(rows))) == sorted(map(repr, rows))


def test_an_owner_of_many_slow_servers_holds_up_no_run_longer_than_its_time(quick_world: World) -> None:
    for number in range(10):
        ask = WebhookRequest.model_validate({"url": f"https://slow{number}.example/"})
        quick_world.endpoints.create(ask, caller=ANN)
    quick_world.clock.forward(1)
    job = ended(quick_world)
    quick_world.receiver.otherwise = Answered(milliseconds=10_000, reason="the address did not answer in time")
    quick_world.receiver.on_post = lambda: quick_world.clock.forward(10)
    began = quick_world.clock.now()

    quick_world.deliver_now(job.id, seconds=45)

    assert quick_world.clock.now() - began <= 90 * SECOND
    assert len({letter.url for letter in quick_world.receiver.letters}) < 10
    quick_world.receiver.on_post = lambda: None
    quick_world.receiver.otherwise = TAKEN
    quick_world.deliver_for(600)
    page = quick_world.webhooks.endpoints(ANN.owner).endpoints
    assert {delivery(quick_world, job, each.id).state for each in page} == {"delivered"}
