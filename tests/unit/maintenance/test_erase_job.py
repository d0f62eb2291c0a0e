"""Who may erase what, and what is left of it."""

from dataclasses import replace

import pytest

from easel.errors import NotFound
from easel.jobs import ids
from tests.support.world import ANN, BOB, NOBODY, World


def test_anonymous_callers_erase_nobodys_jobs(quick_world: World) -> None:
    world = quick_world.allowing(anonymous_daily_credits=100)
    started = world.begin(caller=NOBODY)

    for token in ("", "guessed"):
        with pytest.raises(NotFound):
            world.eraser.ask(started.job.id, caller=replace(NOBODY, job_token=token))
    assert not world.job(started.job.id).erased


def test_another_owners_job_is_not_erased(quick_world: World) -> None:
    job_id = quick_world.begin().job.id

    with pytest.raises(NotFound):
        quick_world.eraser.ask(job_id, caller=BOB)
    assert not quick_world.job(job_id).erased


def test_a_tombstone_keeps_no_hash_of_what_was_asked_or_of_who_may_look(quick_world: World) -> None:
    world = quick_world.allowing(anonymous_daily_credits=100)
    started = world.begin(caller=NOBODY)
    job = world.run(started.job.id)
    assert job.viewer_hash is not None

    world.eraser.ask_for(job.id, owner=NOBODY.owner, by="test")
    tombstone = world.eraser.sweep(job.id)

    assert (tombstone.viewer_hash, tombstone.body_hash, tombstone.images, tombstone.swept) == (None, None, (), True)
    assert world.job(job.id).charged == job.charged


def test_once_swept_an_anonymous_job_is_seen_by_nobody(quick_world: World) -> None:
    world = quick_world.allowing(anonymous_daily_credits=100)
    started = world.begin(caller=NOBODY)
    world.run(started.job.id)
    world.eraser.ask_for(started.job.id, owner=NOBODY.owner, by="test")
    world.eraser.sweep(started.job.id)

    for token in ("", started.job_token or ids.job_token()):
        with pytest.raises(NotFound):
            world.status.read(started.job.id, caller=replace(NOBODY, job_token=token))
    with pytest.raises(NotFound):
        world.status.read(started.job.id, caller=ANN)
