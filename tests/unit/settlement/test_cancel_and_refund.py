"""Who may cancel what, and how much of a charge comes back."""

from dataclasses import replace

import pytest

from easel.credits.requests import RefundRequest
from easel.errors import InvalidRequest, JobNotCancelable, NotFound
from easel.identity.callers import Caller
from easel.jobs.model import Status
from tests.support.world import ANN, BOB, NOBODY, World


def test_a_job_that_nobody_has_begun_is_canceled_and_costs_nothing(quick_world: World) -> None:
    job = quick_world.cancel(quick_world.begin().job.id, caller=ANN)

    assert (job.status, job.cancel_requested, quick_world.available()) == (Status.CANCELED, True, 100)


def test_a_cancel_twice_answers_twice_and_writes_once(quick_world: World) -> None:
    job = quick_world.cancel(quick_world.begin().job.id, caller=ANN)

    assert quick_world.cancel(job.id, caller=ANN) == job


def test_what_is_made_cannot_be_canceled_any_more(quick_world: World) -> None:
    job = quick_world.run(quick_world.begin().job.id)

    with pytest.raises(JobNotCancelable) as refused:
        quick_world.cancel(job.id, caller=ANN)
    assert refused.value.facts == {"jobId": job.id}


def test_a_job_that_is_absent_or_anothers_is_not_canceled_and_both_sound_alike(quick_world: World) -> None:
    job_id = quick_world.begin().job.id

    with pytest.raises(NotFound) as foreign:
        quick_world.cancel(job_id, caller=BOB)
    with pytest.raises(NotFound) as absent:
        quick_world.cancel("nowhere", caller=BOB)

    assert foreign.value.detail == absent.value.detail
    assert not quick_world.job(job_id).cancel_requested


def test_anonymous_callers_do_not_cancel_each_others_jobs(quick_world: World) -> None:
    world = quick_world.allowing(anonymous=True, anonymous_daily_credits=100)
    job_id = world.begin(caller=NOBODY).job.id

    with pytest.raises(NotFound):
        world.cancel(job_id, caller=replace(NOBODY, address="198.51.100.7"))
    assert not world.job(job_id).cancel_requested


def refund(world: World, key: str, job_id: str, amount: int | None = None, caller: Caller = ANN) -> int:
    ask = RefundRequest.model_validate({"jobId": job_id, **({} if amount is None else {"amount": amount})})
    return world.refund(ask, owner=caller.owner, key=key, by="key:shop").amount


def test_a_charge_comes_back_in_parts_down_to_its_last_credit(quick_world: World) -> None:
    job_id = quick_world.run(quick_world.begin().job.id).id

    assert refund(quick_world, "a", job_id, 1) == 1
    assert refund(quick_world, "b", job_id, 5) == 5

    assert quick_world.job(job_id).refunded == 6
    assert quick_world.available() == 100
    [entry] = quick_world.ledger.entries(ANN.owner, limit=1).entries
    assert (entry.kind, entry.job, entry.by, entry.key) == ("refund", job_id, "key:shop", "b")


def test_more_than_is_left_of_a_charge_is_refused_by_the_name_of_its_field(quick_world: World) -> None:
    job_id = quick_world.run(quick_world.begin().job.id).id
    refund(quick_world, "a", job_id, 2)

    with pytest.raises(InvalidRequest) as refused:
        refund(quick_world, "b", job_id, 5)
    assert [field for field, _ in refused.value.errors] == ["amount"]
    assert refund(quick_world, "c", job_id) == 4

    with pytest.raises(InvalidRequest, match="all 6 credits are refunded") as refused:
        refund(quick_world, "d", job_id)
    assert [field for field, _ in refused.value.errors] == ["jobId"]


def test_a_job_that_was_charged_nothing_has_nothing_to_give_back(quick_world: World) -> None:
    job_id = quick_world.cancel(quick_world.begin().job.id, caller=ANN).id

    with pytest.raises(InvalidRequest, match="charged nothing"):
        refund(quick_world, "a", job_id, 1)


def test_a_job_that_is_absent_or_anothers_is_not_refunded(quick_world: World) -> None:
    job_id = quick_world.run(quick_world.begin().job.id).id

    for key, job in (("a", job_id), ("b", "nowhere")):
        with pytest.raises(NotFound):
            refund(quick_world, key, job, caller=BOB)
    assert quick_world.job(job_id).refunded == 0


def test_a_refund_names_its_job_the_first_time_and_every_other(quick_world: World) -> None:
    job_id = quick_world.run(quick_world.begin().job.id).id
    ask = RefundRequest.model_validate({"jobId": job_id})

    told = [quick_world.refund(ask, owner=ANN.owner, key="a", by="t") for _ in range(2)]

    assert [(one.job_id, one.amount, one.replayed) for one in told] == [(job_id, 6, False), (job_id, 6, True)]
