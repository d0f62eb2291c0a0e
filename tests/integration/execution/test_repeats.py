"""The same start again: by its key, or because its reply was lost."""

import pytest

from easel.aws.dynamodb import Contended
from easel.errors import IdempotencyKeyReused
from easel.jobs.model import Status
from tests.support.world import World


def test_the_same_key_and_body_start_one_job(world: World) -> None:
    first = world.begin(key="k")
    world.run(first.job.id)

    again = world.begin(key="k")

    assert again.replayed
    assert (again.job.id, again.job.status, again.available) == (first.job.id, Status.SUCCEEDED, first.available)
    assert world.available() == 94


def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    world.begin(key="k")

    with pytest.raises(IdempotencyKeyReused):
        world.begin(key="k", quality="high")
    assert world.available() == 94


def test_a_lost_reply_of_the_hold_is_told_from_somebodys_replay(world: World) -> None:
    commit = world.database.commit

    def applied_but_unheard(*args: object, **kwargs: object) -> bool:
        commit(*args, **kwargs)  # type: ignore[arg-type]
        raise Contended

    world.database.commit = applied_but_unheard  # type: ignore[method-assign]
    started = world.begin(key="k")

    assert not started.replayed
    assert world.workflow.started == [started.job.id]
    assert world.available() == 94
