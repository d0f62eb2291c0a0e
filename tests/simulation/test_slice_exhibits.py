"""Single exhibits of the museum, and the time that a lost job takes beside others' erasures."""

import pytest

from easel.aws.rows import from_dynamodb, to_dynamodb
from easel.clock import SECOND
from easel.jobs.model import Job
from easel.jobs.store import job_of, row_of
from tests.simulation.aws.entropy import seeded
from tests.simulation.journeys import Journey, start
from tests.simulation.museum import shown
from tests.simulation.stage import Setting, Stage
from tests.support.builders import a_job
from tests.support.world import ANN, BOB

RECOVERED_SECONDS_MAX = 180


@pytest.mark.parametrize("name", ["spent_and_never_sent", "paid_and_never_told"])
def test_an_exhibit_is_caught_and_without_its_bug_nothing_is(name: str) -> None:
    assert shown(name, True).violations
    assert not shown(name, False).violations


def recovered_after(erasures: int, *, of_today: bool) -> float:
    """How many virtual seconds a lost job of Ann's takes beside Bob's erasures; Step Functions was down at its start.

    `of_today`: those are kept as this release keeps them, in shards of their own.
    """
    journey = Journey("beside_erasures", {"job": (0, start(key="k"))}, no_states_seconds=20)
    stage = Stage(journey.setting(Setting()))
    limit = stage.region.now + 3_600 * SECOND
    with seeded(stage.draw):
        journey.begin(stage)
        for number in range(erasures):
            put_erased(stage, f"{number:026}", of_today=of_today)
        while stage.region.advance(limit) and not (job := anns(stage)).images:
            continue
    assert job.started_at
    return (job.started_at - job.created_at) / SECOND


def anns(stage: Stage) -> Job:
    """Her job, as it is; a queued one before it is there."""
    rows = stage.region.dynamodb.tables["jobs"].items.items()
    found = (job_of(from_dynamodb(s.wire)) for (_, sk), s in rows if sk == "job" and s.wire["owner"]["S"] == ANN.owner)
    return next(found, a_job())


def put_erased(stage: Stage, name: str, *, of_today: bool) -> None:
    """A job of Bob's that is marked, and due to be swept before anything else."""
    past = stage.region.now - SECOND
    row = row_of(a_job(id=name, owner=BOB.owner, payer=BOB.owner, status="canceled", erased=True, wake_by=past))
    if not of_today:
        row["openShard"] = row["openShard"].replace("erased#", "open#")
    stage.region.dynamodb.tables["jobs"].put((f"job#{name}", "job"), to_dynamodb(row), past)


def test_a_lost_job_is_recovered_in_time_beside_five_thousand_erasures() -> None:
    assert recovered_after(5_000, of_today=True) <= RECOVERED_SECONDS_MAX


def test_erasures_among_the_open_jobs_are_found_out() -> None:
    assert recovered_after(3_600, of_today=False) > RECOVERED_SECONDS_MAX
