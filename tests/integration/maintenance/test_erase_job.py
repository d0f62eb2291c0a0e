"""What is erased is gone, in every version, and what it cost stays."""

from dataclasses import replace

import pytest

from easel.errors import JobErased, NotFound, Unauthenticated
from easel.jobs.model import Status
from easel.maintenance import erase_owner
from easel.providers.protocol import Made, Order
from tests.support.deaths import WorkerDied, dies
from tests.support.fakes import pictures, png
from tests.support.world import ANN, BOB, NOBODY, World


def objects(world: World) -> list[str]:
    listed = world.s3.list_object_versions(Bucket="assets")
    return [one["Key"] for kind in ("Versions", "DeleteMarkers") for one in listed.get(kind, [])]


def test_an_erased_job_leaves_its_amounts_and_nothing_else(world: World) -> None:
    world.s3.put_bucket_versioning(Bucket="assets", VersioningConfiguration={"Status": "Enabled"})
    job = world.run(world.begin(metadata={"order": "7"}).job.id)
    world.s3.delete_object(Bucket="assets", Key=job.images[0].key)

    tombstone = world.erase(job.id, caller=ANN)

    assert (tombstone.status, tombstone.charged, tombstone.images) == (Status.SUCCEEDED, 6, ())
    assert objects(world) == []
    with pytest.raises(JobErased):
        world.status.read(job.id, caller=ANN)
    rows = world.dynamodb.scan(TableName="jobs")["Items"]
    assert "a lamp" not in str(rows)


def test_another_users_job_cannot_be_erased(world: World) -> None:
    job = world.run(world.begin().job.id)

    with pytest.raises(NotFound):
        world.erase(job.id, caller=BOB)
    assert world.status.read(job.id, caller=ANN)


def test_a_running_job_is_canceled_first_and_what_still_comes_is_swept(world: World) -> None:
    job_id = world.begin().job.id

    def erased_meanwhile(order: Order) -> Made:
        assert not world.erase(job_id, caller=ANN).final
        return pictures(order)

    world.providers["openai"].script = [erased_meanwhile]
    world.run(job_id)
    assert objects(world)

    world.reconciled(60)

    assert objects(world) == []
    assert world.job(job_id).swept


def test_a_key_whose_job_was_erased_starts_no_other(world: World) -> None:
    job_id = world.begin(key="k").job.id
    world.erase(job_id, caller=ANN)

    with pytest.raises(JobErased):
        world.begin(key="k")
    assert world.available() == 100


def test_who_asks_sees_nothing_from_then_on_and_the_reconciler_deletes(world: World) -> None:
    job = world.run(world.begin(references=[{"uploadId": world.upload(png())}]).job.id)
    assert any(key.startswith("uploads/") for key in objects(world))

    world.eraser.ask(job.id, caller=ANN)
    with pytest.raises(JobErased):
        world.status.read(job.id, caller=ANN)
    assert [each.images for each in world.status.list(caller=ANN, limit=9, cursor=None).jobs] == [()]
    world.reconciled(60)

    assert objects(world) == []
    assert "a lamp" not in str(world.dynamodb.scan(TableName="jobs")["Items"])


def test_an_owner_is_forgotten_however_many_jobs_there_are(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erase_owner, "PAGE", 3)
    world.give(BOB, 100)
    done = [world.run(world.begin().job.id).id for _ in range(7)]
    waiting = world.begin().job.id
    bobs = world.run(world.begin(BOB).job.id)
    world.upload(png())

    world.allowing(erasure_grace_seconds=0).forget(caller=ANN)
    world.clock.forward(1)
    later = world.begin().job.id
    world.reconciled(300)

    assert all(world.job(job_id).swept for job_id in (*done, waiting))
    assert world.job(waiting).status is Status.CANCELED
    assert not world.job(later).erased
    assert {key.split("/")[1] for key in objects(world)} == {bobs.id, later} - {later}
    assert world.available() == 100 - 7 * 6 - 6
    assert "erasure#" not in str(world.dynamodb.scan(TableName="jobs")["Items"])


def test_a_request_that_is_repeated_takes_what_came_between(world: World) -> None:
    world.allowing(erasure_grace_seconds=0).forget(caller=ANN)
    world.clock.forward(1)
    between = world.run(world.begin().job.id).id

    world.forget(caller=ANN)
    world.reconciled(300)

    assert world.job(between).swept


def test_nobody_has_nothing_to_erase(world: World) -> None:
    with pytest.raises(Unauthenticated):
        world.forget(caller=NOBODY)
    with pytest.raises(NotFound):
        world.eraser.ask(world.begin().job.id, caller=NOBODY)


def test_erasing_twice_is_erasing_once(world: World) -> None:
    job = world.run(world.begin().job.id)
    world.erase(job.id, caller=ANN)

    assert world.erase(job.id, caller=ANN).swept


def test_what_a_worker_given_up_without_a_word_stores_later_is_swept_by_a_last_look(world: World) -> None:
    job_id = world.begin().job.id

    def outlives_its_lease(order: Order) -> Made:
        world.clock.forward(world.clocks.lease + 1)
        assert world.erase(job_id, caller=ANN).status is Status.CANCELED
        return pictures(order)

    world.providers["openai"].script = [outlives_its_lease]
    world.attempt(job_id, crashes=0, dead=-1)
    assert objects(world)

    world.reconciled(world.clocks.deadline + 360)

    assert objects(world) == []
    assert world.job(job_id).swept


def test_a_job_erased_after_its_worker_died_ends_at_once(world: World) -> None:
    world.providers["openai"].script = [dies]
    job_id = world.begin().job.id
    with pytest.raises(WorkerDied):
        world.attempt(job_id, crashes=0, dead=-1)
    assert not world.erase(job_id, caller=ANN).final

    assert world.attempt(job_id, crashes=1, dead=0).outcome == "ended"

    assert world.settle(job_id).outcome == "done"
    assert world.available() == 100


def test_a_strangers_job_is_erased_by_its_token_and_by_no_other(world: World) -> None:
    world.allowing(anonymous_daily_credits=100)
    theirs, other = world.begin(NOBODY), world.begin(NOBODY)
    job = world.run(theirs.job.id)

    for token in ("", "0" * 32, other.job_token or ""):
        with pytest.raises(NotFound):
            world.eraser.ask(job.id, caller=replace(NOBODY, job_token=token))
    with pytest.raises(NotFound):
        world.eraser.ask(job.id, caller=replace(ANN, job_token=other.job_token or ""))
    for _ in range(2):
        world.eraser.ask(job.id, caller=replace(NOBODY, job_token=theirs.job_token or ""))
    world.reconciled(60)

    assert world.job(job.id).swept
    assert not [key for key in objects(world) if job.id in key]
    assert not world.job(other.job.id).erased


def test_a_strangers_running_job_is_canceled_by_erasing_it(world: World) -> None:
    world.allowing(anonymous_daily_credits=100)
    theirs = world.begin(NOBODY)

    erased = world.eraser.ask(theirs.job.id, caller=replace(NOBODY, job_token=theirs.job_token or ""))

    assert (erased.status, erased.returned) == (Status.CANCELED, erased.held)
