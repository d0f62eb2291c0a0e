"""What an operator finds with nothing but an id, and with nothing but a date."""

import base64
from datetime import UTC, datetime

import pytest
from api import start

from easel.policy import Policy
from ops import audit
from ops.errors import Refused
from ops.jobs import by_id
from ops.watch import spending, status
from tests.support.fakes import png
from tests.support.operator import ANN_OF_OPERATIONS, DeployedWorld, easel
from tests.support.world import ANN, NOBODY, World


def test_a_job_is_found_by_its_id_with_owner_attempts_charge_and_where_to_look(world: World) -> None:
    job = world.run(world.begin().job.id)

    found = by_id.show(DeployedWorld(world), job.id)  # type: ignore[arg-type]

    assert (found["owner"], found["startedBy"], found["status"]) == (ANN.owner, ANN.owner, "succeeded")
    assert found["credits"] == {"held": 6, "charged": 6, "returned": 0, "refunded": 0}
    assert [(each["provider"], each["outcome"]) for each in found["attempts"]] == [("openai", "delivered")]
    assert found["execution"].endswith(f":execution:jobs:{job.id}")
    assert f'jobId = "{job.id}"' in found["logs"]
    assert "lamp" not in str(found)


def test_a_job_that_is_not_there_is_said_to_be_not_there(world: World) -> None:
    with pytest.raises(Refused, match="there is no job nothing in stage 'dev'"):
        by_id.show(DeployedWorld(world), "nothing")  # type: ignore[arg-type]


def test_a_days_spending_is_told_against_its_caps(world: World) -> None:
    day = datetime.fromtimestamp(world.clock.now() / 1000, UTC).date().isoformat()
    world.run(world.begin().job.id)
    done = spending.of_day(DeployedWorld(world), day)  # type: ignore[arg-type]
    world.begin()
    running = spending.of_day(DeployedWorld(world), day)  # type: ignore[arg-type]

    assert done.spent > 0
    assert done.reserved == 0
    assert running.spent == done.spent
    assert running.reserved > 0
    said = spending.told(day, spending.Spending(spent=20_000_000, reserved=5_000_000, free=0), Policy(), "allowed")
    assert "spent $20.00, reserved for running jobs $5.00: 50 % of the cap" in said


def test_an_operator_erases_what_a_stranger_left_with_all_that_lies_beneath(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = DeployedWorld(world.allowing(anonymous=True, anonymous_daily_credits=100))
    monkeypatch.setattr(start.door, "deps", stage.start_deps)
    job = world.run(
        world.begin(NOBODY, references=[{"data": f"data:image/png;base64,{base64.b64encode(png()).decode()}"}]).job.id
    )
    for below in ("references/9", "1/previews/0.webp"):
        world.s3.put_object(Bucket="assets", Key=f"jobs/{job.id}/{below}", Body=b"x")

    assert by_id.erase(stage, job.id) == {"jobId": job.id, "erased": True}  # type: ignore[arg-type]
    world.reconciled(60)

    assert "Contents" not in world.s3.list_objects_v2(Bucket="assets")
    assert (world.job(job.id).swept, world.store.find(job.id).request) == (True, None)  # type: ignore[union-attr]
    (act,) = [act for act in audit.acts(stage) if act.act == "job erased"]  # type: ignore[arg-type]
    assert (act.what, act.by, act.facts) == (job.id, ANN_OF_OPERATIONS, {"owner": "anonymous"})


def test_an_operator_erases_nothing_where_there_is_no_such_job(world: World) -> None:
    with pytest.raises(Refused, match="there is no job nothing in stage 'dev'"):
        by_id.erase(DeployedWorld(world), "nothing")  # type: ignore[arg-type]


def test_a_stage_at_a_glance_counts_what_runs_and_since_when(world: World) -> None:
    stage = DeployedWorld(world)
    first = world.begin()
    world.clock.forward(5)
    world.begin(key="k" * 20)  # ids of keys do not sort by time

    told = status.look(stage, "2026-10-28")  # type: ignore[arg-type]

    assert (told["openJobs"], told["oldestOpenJob"]["jobId"]) == (2, first.job.id)
    assert told["reservedMicros"] > 0
    assert told["spending"] == {"paused": False}
    assert "2 open jobs" in status.lines(stage, told)[-1]  # type: ignore[arg-type]


def test_an_operator_cancels_in_the_owners_name_and_it_is_written_down_who(world: World) -> None:
    stage = DeployedWorld(world)
    job = world.begin().job
    with stage.functions_answering():
        ran = easel(stage, "job", job.id, "--cancel", "--stage", "dev", "--yes")
        again = easel(stage, "job", job.id, "--cancel", "--stage", "dev", "--yes")

    assert (ran.code, world.job(job.id).status) == (0, "canceled")
    assert (again.code, again.err.strip()) == (1, f"job {job.id} is canceled already: there is nothing to end")
    (act,) = [act for act in audit.acts(stage) if act.act == "job cancel asked"]  # type: ignore[arg-type]
    assert (act.what, act.by) == (job.id, ANN_OF_OPERATIONS)
    assert world.ledger.balance(ANN.owner).held == 0


def test_settling_by_hand_waits_for_a_worker_that_may_be_alive_and_moves_credits_once(world: World) -> None:
    stage = DeployedWorld(world)
    job = world.begin().job
    first = easel(stage, "job", job.id, "--settle", "--stage", "dev", "--yes", "--json")
    second = easel(stage, "job", job.id, "--settle", "--stage", "dev", "--yes", "--json")

    assert first.answer["outcome"] == "done"
    assert second.code == 1
    kinds = [entry.kind for entry in world.ledger.entries(ANN.owner, limit=50).entries]
    assert kinds.count("settle") == 1


def test_a_jobs_words_are_shown_to_whoever_asks_for_them_alone(world: World) -> None:
    stage, job = DeployedWorld(world), world.begin().job

    assert "a lamp" not in easel(stage, "job", job.id, "--stage", "dev", "--json").out
    assert easel(stage, "job", job.id, "--prompt", "--stage", "dev", "--json").answer["prompt"] == "a lamp"


def test_jobs_are_listed_by_how_they_ended_who_was_asked_and_whose_they_are(world: World) -> None:
    stage = DeployedWorld(world)
    made, left = world.run(world.begin().job.id), world.begin().job

    def ids(*words: str) -> list[str]:
        ran = easel(stage, "jobs", *words, "--since", "9999d", "--stage", "dev", "--json")
        return [each["jobId"] for each in ran.answer]

    assert sorted(ids()) == sorted([made.id, left.id])
    assert ids("--open") == [left.id]
    assert ids("--failed") == []
    assert ids("--provider", "openai") == [made.id]
    assert ids("--owner", "service:shop") == []
    assert sorted(ids("--owner", ANN.owner)) == sorted([made.id, left.id])
