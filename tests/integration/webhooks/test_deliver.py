"""Deliveries over hours and days of failures."""

from itertools import pairwise

from easel.clock import DAY, HOUR, MINUTE, SECOND
from easel.webhooks.announce import event_of
from easel.webhooks.model import Endpoint
from easel.webhooks.sending import Answered
from tests.support.receiver import FAILED, TAKEN
from tests.support.webhook_endpoint import delivery, ended
from tests.support.world import ANN, World


def test_a_failure_is_tried_again_after_seconds_by_the_same_run_and_then_by_the_schedule(
    quick_world: World, endpoint: Endpoint
) -> None:
    job = ended(quick_world)
    quick_world.receiver.otherwise = FAILED

    quick_world.deliver_now(job.id)

    at = [letter.at for letter in quick_world.receiver.letters]
    assert [later - at[0] for later in at] == [0, 5 * SECOND]
    quick_world.deliver_for(DAY // SECOND + 60)
    at = [letter.at for letter in quick_world.receiver.letters]
    waits = [later - earlier for earlier, later in pairwise(at)]
    wanted = [5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 6 * HOUR]
    assert all(want <= wait <= want + 2 * MINUTE for want, wait in zip(wanted, waits, strict=True))
    assert len(set(quick_world.receiver.ids)) == 1
    assert len({letter.body for letter in quick_world.receiver.letters}) == 1
    left = delivery(quick_world, job, endpoint.id)
    assert (left.state, left.wake_by) == ("given_up", None)
    assert [each.answer for each in left.tries] == ["down for repairs"] * 9
    assert quick_world.meter.counts["WebhookGivenUp"] == 1


def test_a_receiver_that_is_down_for_six_hours_gets_everything(quick_world: World, endpoint: Endpoint) -> None:
    quick_world.receiver.otherwise = Answered(milliseconds=10_000, reason="the address did not answer in time")
    jobs = [ended(quick_world) for _ in range(5)]
    for job in jobs:
        quick_world.deliver_now(job.id)
    quick_world.deliver_for(6 * HOUR // SECOND)
    quick_world.receiver.otherwise = TAKEN
    before = len(quick_world.receiver.letters)

    quick_world.deliver_for(20 * HOUR // SECOND, every=600)

    assert sorted(quick_world.receiver.ids[before:]) == sorted(f"msg_{event_of(job).id}" for job in jobs)


def test_three_days_of_failures_switch_an_endpoint_off_and_a_success_begins_them_anew(
    quick_world: World, endpoint: Endpoint
) -> None:
    quick_world.receiver.otherwise = FAILED
    for day in range(3):
        if day == 1:
            quick_world.receiver.answers = [TAKEN]
        quick_world.deliver_now(ended(quick_world).id)
        quick_world.deliver_for(DAY // SECOND, every=1_800)
    assert not quick_world.endpoints.get(endpoint.id, caller=ANN).off

    for _ in range(3):
        quick_world.deliver_now(ended(quick_world).id)
        quick_world.deliver_for(DAY // SECOND, every=1_800)

    found = quick_world.endpoints.get(endpoint.id, caller=ANN)
    assert (found.off, found.off_reason) == (True, "it took nothing for three days")
