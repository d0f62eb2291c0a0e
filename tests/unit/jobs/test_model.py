"""What a job may do, and what it knows of itself."""

import pytest

from easel.jobs.attempts import Call
from easel.jobs.model import ALLOWED, FINAL, Status
from easel.providers.protocol import Outcome
from tests.support.builders import a_job, an_attempt, ended
from tests.support.fakes import NOON


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("target", list(Status))
def test_a_job_moves_only_as_the_table_says(status: Status, target: Status) -> None:
    job = a_job(status=status)

    if target in ALLOWED[status]:
        assert job.to(target).version == job.version + 1
    else:
        with pytest.raises(ValueError, match="cannot go"):
            job.to(target)


def test_nothing_leaves_a_final_status() -> None:
    assert all(not ALLOWED[status] for status in FINAL)


def test_a_call_nobody_heard_of_counts_as_paid_and_costs_its_worst() -> None:
    job = a_job(n=2, attempts=(an_attempt(outcome=Outcome.ABANDONED, slots=(0, 1)),))

    assert job.paid_calls("openai", 1) == 1
    assert job.cost_micros() == 106_000


def test_a_busy_answer_is_neither_paid_nor_costs_anything() -> None:
    job = a_job(attempts=(ended(Outcome.BUSY, paid=False),))

    assert (job.paid_calls("openai", 0), job.cost_micros()) == (0, 0)


def test_a_known_cost_is_believed_and_an_unknown_one_is_the_worst() -> None:
    known = Call(started_at=NOON, milliseconds=1, slots=(0,), outcome="delivered", paid=True, cost_micros=41_000)
    unknown = known.model_copy(update={"cost_micros": None})

    assert a_job(attempts=(ended(Outcome.DELIVERED, calls=(known,)),)).cost_micros() == 41_000
    assert a_job(attempts=(ended(Outcome.DELIVERED, calls=(unknown,)),)).cost_micros() == 53_000


def test_fields_of_a_newer_version_survive_a_change_by_this_one() -> None:
    job = a_job(from_the_future="kept")

    assert job.moved(accepted=True).model_dump()["from_the_future"] == "kept"
