"""Settling: once, by whoever comes first, and never against what others have written meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Write
from easel.clock import SECOND
from easel.credits.ledger import Ledger
from easel.credits.model import Balance
from easel.jobs.model import Job, Status
from easel.jobs.task_result import TaskResult
from easel.providers.errors import ProviderUnavailable
from tests.support.builders import an_attempt
from tests.support.fakes import NOON
from tests.support.world import ANN, World


class Interrupted(Database):
    """Has something happen before a commit, and may lose its reply."""

    def __init__(self, world: World, before: Callable[[], object], *, heard: bool = True) -> None:
        super().__init__(world.dynamodb, world.clock)
        self.before = before
        self.heard = heard
        self.commits: list[tuple[Sequence[Write], int]] = []

    def commit(self, writes: Sequence[Write], *, token: str, until: int) -> bool:
        self.commits.append((writes, until))
        self.before()
        return super().commit(writes, token=token, until=until) and self.heard


def stored(world: World) -> Job:
    """A job that waits to be settled: its attempt made its picture."""
    job = world.job(world.begin().job.id)
    assert world.attempt(job.id, crashes=0, dead=-1).outcome == "stored"
    return world.job(job.id)


def test_a_job_that_is_not_there_or_is_final_is_done_with(quick_world: World) -> None:
    job = quick_world.run(quick_world.begin().job.id)

    assert quick_world.settle("nowhere") == quick_world.settle(job.id) == TaskResult("done")
    assert quick_world.job(job.id) == job


def test_settling_writes_the_row_the_guard_and_the_entry_and_counts_it(quick_world: World) -> None:
    job = stored(quick_world)
    quick_world.clock.forward(3)

    assert quick_world.settle(job.id) == TaskResult("done")

    ended = quick_world.job(job.id)
    assert (ended.status, ended.version, ended.charged) == (Status.SUCCEEDED, job.version + 1, 6)
    guard = quick_world.ledger.guarded(ANN.owner, f"resolved#{job.id}")
    assert guard == {
        "pk": ANN.owner,
        "sk": f"resolved#{job.id}",
        "charged": 6,
        "returned": 0,
        "at": NOON + 3 * SECOND,
    }
    [entry] = quick_world.ledger.entries(ANN.owner, limit=1).entries
    assert (entry.kind, entry.job, entry.at) == ("settle", job.id, NOON + 3 * SECOND)
    assert quick_world.meter.counts["JobSettled.status=succeeded"] == 1
    assert quick_world.meter.counts["JobSettled.code=none"] == 1
    assert quick_world.budget_folds()


def test_a_job_that_failed_is_counted_by_its_reason(quick_world: World) -> None:
    for provider in quick_world.providers.values():
        provider.script = [ProviderUnavailable("down", paid=False) for _ in range(9)]

    quick_world.run(quick_world.begin().job.id)

    assert quick_world.meter.counts["JobSettled.code=providers_unavailable"] == 1


def test_what_an_owner_held_of_its_day_comes_back_when_nothing_was_made(quick_world: World) -> None:
    world = quick_world.allowing(owner_daily_credits=6)
    for _ in range(2):  # the second would pass the limit, had the first not been given back
        job_id = world.begin().job.id
        assert world.cancel(job_id, caller=ANN).status is Status.CANCELED


def running(world: World, *, lease_until: int) -> str:
    job = world.job(world.begin().job.id)
    attempt = an_attempt(lease_until=lease_until, provider=job.route[0].provider, model=job.route[0].model)
    begun = job.to(Status.RUNNING, attempts=(attempt,))
    world.database.commit([world.store.replace(job, begun)], token="t", until=world.clock.now() + SECOND)
    return job.id


def test_while_a_worker_may_be_alive_settling_waits_for_its_lease(quick_world: World) -> None:
    job_id = running(quick_world, lease_until=NOON + 10 * SECOND)

    assert quick_world.settle(job_id) == TaskResult("wait", 10)
    quick_world.clock.forward(10)
    assert quick_world.settle(job_id) == TaskResult("done")
    assert quick_world.job(job_id).status is Status.FAILED


def test_whoever_settles_second_ends_nothing_again(quick_world: World) -> None:
    job = stored(quick_world)
    database = Interrupted(quick_world, lambda: quick_world.settle(job.id))

    assert replace(quick_world.settle, database=database)(job.id) == TaskResult("done")

    assert len(database.commits) == 1
    assert quick_world.job(job.id).version == job.version + 1
    assert quick_world.available() == 94


def test_a_job_once_resolved_is_not_settled_by_a_row_that_came_back(quick_world: World) -> None:
    """A restored backup of the jobs table must not charge again: the guard lies with the credits."""
    job = stored(quick_world)
    quick_world.settle(job.id)
    again = quick_world.job(job.id)
    quick_world.begin()  # enough is held to pay twice
    reopened = job.model_copy(update={"version": again.version + 1})
    quick_world.database.commit(
        [quick_world.store.replace(again, reopened)], token="t", until=quick_world.clock.now() + SECOND
    )
    forward = Interrupted(quick_world, lambda: quick_world.clock.forward(4))

    with pytest.raises(Contended):
        replace(quick_world.settle, database=forward)(job.id)
    assert len(forward.commits) == 5  # of four seconds each: twenty in all
    assert {until for _, until in forward.commits} == {NOON + 20 * SECOND}
    balance = quick_world.ledger.balance(ANN.owner)
    assert (balance.charged, balance.held) == (6, 6)


def test_a_balance_that_moved_meanwhile_is_read_again(quick_world: World) -> None:
    job = stored(quick_world)
    gifts = [5]
    database = Interrupted(quick_world, lambda: quick_world.give(amount=gifts.pop()) if gifts else None)

    replace(quick_world.settle, database=database)(job.id)

    assert quick_world.available() == 99
    assert len(database.commits) == 2


def test_a_settlement_whose_reply_was_lost_is_found_done(quick_world: World) -> None:
    job = stored(quick_world)
    database = Interrupted(quick_world, lambda: None, heard=False)

    assert replace(quick_world.settle, database=database)(job.id) == TaskResult("done")
    assert len(database.commits) == 1
    assert quick_world.job(job.id).final


class EndedBetweenReads(Ledger):
    """Somebody settles the job after it was read, before its balance is."""

    def __init__(self, world: World, end: Callable[[], object]) -> None:
        super().__init__(world.database, "credits")
        self.end = end

    def balance(self, owner: str) -> Balance:
        self.end()
        return super().balance(owner)


def test_a_job_that_was_ended_between_two_reads_is_no_bug(quick_world: World) -> None:
    job = stored(quick_world)
    ledger = EndedBetweenReads(quick_world, lambda: quick_world.settle(job.id))

    assert replace(quick_world.settle, ledger=ledger)(job.id) == TaskResult("done")
    assert quick_world.available() == 94


def test_a_balance_that_holds_less_than_its_job_is_a_bug_and_is_told(quick_world: World) -> None:
    job = stored(quick_world)
    balance = quick_world.ledger.balance(ANN.owner)
    row = {"pk": ANN.owner, "sk": "balance", **balance.model_copy(update={"held": 0}).model_dump(exclude_none=True)}
    quick_world.database.put(replace(quick_world.ledger.guard("o", "n"), item=row, condition="attribute_exists(pk)"))

    with pytest.raises(ValueError, match="below zero"):
        quick_world.settle(job.id)


def test_a_refused_condition_is_given_up_at_the_end_of_the_time_and_not_before(quick_world: World) -> None:
    job = stored(quick_world)

    def refuse() -> None:
        quick_world.clock.forward(10)
        raise ConditionFailed({})

    database = Interrupted(quick_world, refuse)
    with pytest.raises(Contended):
        replace(quick_world.settle, database=database)(job.id)
    assert len(database.commits) == 2


def test_what_a_dead_worker_left_in_the_bucket_is_delivered_in_one_version(quick_world: World) -> None:
    job = stored(quick_world)
    unheard = job.attempts[0].model_copy(update={"outcome": None, "images": (), "calls": (), "ended_at": None})
    lost = job.moved(attempts=(unheard,))
    quick_world.database.commit(
        [quick_world.store.replace(job, lost)], token="t", until=quick_world.clock.now() + SECOND
    )

    quick_world.settle(job.id)

    ended = quick_world.job(job.id)
    assert (ended.status, ended.charged, ended.version) == (Status.SUCCEEDED, 6, lost.version + 1)
