"""What an operator finds with nothing but an id, and with nothing but a date."""

import base64
from datetime import UTC, datetime

import pytest
from api import start

from easel.policy import Policy
from ops import audit, jobs, spending
from ops.cli import Refused
from tests.support.fakes import png
from tests.support.operator import ANN_OF_OPERATIONS, DeployedWorld
from tests.support.world import ANN, NOBODY, World


def test_a_job_is_found_by_its_id_with_owner_attempts_charge_and_where_to_look(world: World) -> None:
    job = world.run(world.begin().job.id)

    found = jobs.show(DeployedWorld(world), job.id)  # type: ignore[arg-type]

    assert (found["owner"], found["startedBy"], found["status"]) == (ANN.owner, ANN.owner, "succeeded")
    assert found["credits"] == {"held": 6, "charged": 6, "returned": 0, "refunded": 0}
    assert [(each["provider"], each["outcome"]) for each in found["attempts"]] == [("openai", "delivered")]
    assert found["execution"].endswith(f":execution:jobs:{job.id}")
    assert f'jobId = "{job.id}"' in found["logs"]
    assert "lamp" not in str(found)


def test_a_job_that_is_not_there_is_said_to_be_not_there(world: World) -> None:
    with pytest.raises(Refused, match="there is no job nothing in stage 'dev'"):
        jobs.show(DeployedWorld(world), "nothing")  # type: ignore[arg-type]


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

    assert jobs.erase(stage, job.id) == {"jobId": job.id, "erased": True}  # type: ignore[arg-type]
    world.reconciled(60)

    assert "Contents" not in world.s3.list_objects_v2(Bucket="assets")
    assert (world.job(job.id).swept, world.store.find(job.id).request) == (True, None)  # type: ignore[union-attr]
    (act,) = [act for act in audit.acts(stage) if act.act == "job erased"]  # type: ignore[arg-type]
    assert (act.what, act.by, act.facts) == (job.id, ANN_OF_OPERATIONS, {"owner": "anonymous"})


def test_an_operator_erases_nothing_where_there_is_no_such_job(world: World) -> None:
    with pytest.raises(Refused, match="there is no job nothing in stage 'dev'"):
        jobs.erase(DeployedWorld(world), "nothing")  # type: ignore[arg-type]
