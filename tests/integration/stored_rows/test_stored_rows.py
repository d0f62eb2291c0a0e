"""Rows written by commit 1a88f3c, read and finished by the code of today.

`rows/` holds one file per state: the tables, the bucket's objects and the clock's time as that commit left them.
They are never regenerated: a stage that was deployed then has rows like these, and a test that fails here means that
its jobs would not be finished. What changes is the code, until it reads them.
"""

import pytest

from easel.credits.requests import RefundRequest
from easel.jobs.model import Status
from easel.providers.protocol import Outcome
from tests.integration.stored_rows.load import (
    STATES,
    assert_books,
    assert_finished,
    assert_ledgers_verify,
    orders,
    stored,
)
from tests.support.fakes import FakeQueue
from tests.support.world import ANN, World


@pytest.mark.parametrize("state", STATES)
def test_every_stored_ledger_verifies_as_it_was_left(world: World, state: str) -> None:
    stored(world, state)

    assert_ledgers_verify(world)


@pytest.mark.parametrize("state", [state for state in STATES if state != "anonymous"])
def test_every_stored_job_is_shown_to_its_owner(world: World, state: str) -> None:
    ids = stored(world, state)

    assert {job.id for job in world.store.list(ANN.owner, limit=10, cursor=None).jobs} == set(ids)


def test_an_accepted_job_is_made(world: World) -> None:
    [job_id] = stored(world, "accepted")

    assert_finished(world, world.run(job_id), charged=6, available=94)


def test_an_accepted_job_whose_execution_is_lost_is_ended_at_no_cost(world: World) -> None:
    [job_id] = stored(world, "accepted")

    world.reconciled(world.clocks.deadline + 600)

    assert (world.job(job_id).final, world.job(job_id).charged) == (True, 0)
    assert_books(world, available=100)


def test_a_job_that_was_held_and_not_started_is_started_by_its_key(world: World) -> None:
    [job_id] = stored(world, "not_accepted")

    again = world.begin(key="order-1")

    assert (again.job.id, again.replayed, again.available) == (job_id, True, 94)
    assert world.workflow.started == [job_id]
    assert_finished(world, world.run(job_id), charged=6, available=94)


def test_a_job_that_was_held_and_never_asked_for_again_gives_its_credits_back(world: World) -> None:
    [job_id] = stored(world, "not_accepted")

    world.reconciled(world.clocks.deadline + 600)

    assert (world.job(job_id).final, world.job(job_id).charged) == (True, 0)
    assert_books(world, available=100)


def test_an_attempt_whose_worker_died_is_waited_for_and_made_again(world: World) -> None:
    [job_id] = stored(world, "worker_died")

    job = world.run(job_id)

    assert [attempt.outcome for attempt in job.attempts] == [Outcome.ABANDONED, Outcome.DELIVERED]
    assert_finished(world, job, charged=6, available=94)


def test_an_attempt_whose_worker_lambda_reported_dead_is_made_again_at_once(world: World) -> None:
    [job_id] = stored(world, "worker_died")

    job = world.run_after_death(job_id, crashes=1)

    assert [attempt.outcome for attempt in job.attempts] == [Outcome.ABANDONED, Outcome.DELIVERED]
    assert_finished(world, job, charged=6, available=94)


def test_evidence_the_row_does_not_know_is_found_and_nothing_is_ordered_twice(world: World) -> None:
    [job_id] = stored(world, "evidence_unknown_to_the_row")

    job = world.run(job_id)

    assert [attempt.outcome for attempt in job.attempts] == [Outcome.DELIVERED]
    assert orders(world) == 0
    assert_finished(world, job, charged=6, available=94)


def test_evidence_the_row_does_not_know_is_settled_by_the_reconciler(world: World) -> None:
    [job_id] = stored(world, "evidence_unknown_to_the_row")

    world.reconciled(world.clocks.deadline + 600)

    assert orders(world) == 0
    assert_finished(world, world.job(job_id), charged=6, available=94)


def test_a_delivered_job_is_settled(world: World) -> None:
    [job_id] = stored(world, "delivered")

    job = world.run(job_id)

    assert orders(world) == 0
    assert_finished(world, job, charged=6, available=94)


def test_a_queues_ticket_is_asked_after_and_no_second_order_is_sent(world: World) -> None:
    [job_id] = stored(world, "ticket")
    queue = FakeQueue(world.clock)
    queue.ready("task-1")
    world.replace("openai", queue)

    job = world.run(job_id)

    assert (queue.orders, queue.looks) == ([], 1)
    assert_finished(world, job, charged=6, available=94)


def test_a_partly_refunded_job_gives_back_what_is_left_of_its_charge(world: World) -> None:
    [job_id] = stored(world, "partly_refunded")

    rest = world.refund(RefundRequest.model_validate({"jobId": job_id}), owner=ANN.owner, key="rest", by="test")

    assert (rest.replayed, rest.amount) == (False, 4)
    assert (world.job(job_id).charged, world.job(job_id).refunded) == (6, 6)
    assert_books(world, available=120)


def test_an_anonymous_job_is_made(world: World) -> None:
    [job_id] = stored(world, "anonymous")
    world.allowing(anonymous=True, anonymous_daily_credits=100)

    job = world.run(job_id)

    assert job.owner == "anonymous"
    assert_finished(world, job, charged=6, available=100)
    anonymous = world.accounts.balance(job.owner)
    assert (anonymous.available, anonymous.held, anonymous.in_flight) == (94, 0, 0)


def test_a_pending_erasure_is_carried_out(world: World) -> None:
    made, open_still = stored(world, "erasure")

    world.reconciled(world.clocks.deadline + 600)

    assert (world.job(made).status, world.job(open_still).status) == (Status.SUCCEEDED, Status.CANCELED)
    assert all(world.job(job_id).swept for job_id in (made, open_still))
    assert "Contents" not in world.s3.list_objects_v2(Bucket="assets")
    assert "erasure#" not in str(world.dynamodb.scan(TableName="jobs")["Items"])
    assert_books(world, available=94)
