"""Workers and doors that die between two calls: nobody pays for it, and the job ends by itself."""

import pytest
from botocore.exceptions import ReadTimeoutError

from easel.credits.model import Balance
from easel.errors import Busy, SpendingPaused
from easel.jobs.model import Status
from easel.providers.protocol import Made, Order, Outcome
from tests.support.deaths import WorkerDied, dies, killed
from tests.support.fakes import pictures
from tests.support.world import ANN, World


def test_a_worker_that_died_is_replaced_at_once_when_lambda_reported_it(world: World) -> None:
    world.providers["openai"].script = [dies]
    job_id = world.begin().job.id
    with pytest.raises(WorkerDied):
        world.attempt(job_id, crashes=0, dead=-1)

    answer = world.attempt(job_id, crashes=1, dead=0)

    assert answer.outcome == "stored"
    job = world.run(job_id)
    assert [a.outcome for a in job.attempts] == [Outcome.ABANDONED, Outcome.DELIVERED]
    assert job.charged == 6


def test_a_worker_that_may_be_alive_is_waited_for_until_its_lease_is_over(world: World) -> None:
    world.providers["openai"].script = [dies]
    job_id = world.begin().job.id
    with pytest.raises(WorkerDied):
        world.attempt(job_id, crashes=0, dead=-1)

    answer = world.attempt(job_id, crashes=1, dead=-1)

    assert (answer.outcome, answer.seconds) == ("wait", 60)
    assert world.settle(job_id).outcome == "wait"
    world.clock.forward(world.clocks.lease)
    assert world.attempt(job_id, crashes=1, dead=-1).outcome == "stored"


def test_a_report_about_another_worker_is_not_a_report_about_this_one(world: World) -> None:
    world.providers["openai"].script = [dies]
    job_id = world.begin().job.id
    with pytest.raises(WorkerDied):
        world.attempt(job_id, crashes=3, dead=-1)

    assert world.attempt(job_id, crashes=5, dead=4).outcome == "wait"


def test_no_provider_is_paid_more_than_twice_for_a_slot_however_often_workers_die(world: World) -> None:
    for provider in world.providers.values():
        provider.script = [dies] * 5
    job_id = world.begin().job.id
    for crashes in range(4):
        with pytest.raises(WorkerDied):
            world.attempt(job_id, crashes=crashes, dead=crashes - 1)

    job = world.run_after_death(job_id, crashes=4)

    assert job.status is Status.FAILED
    assert [len(p.orders) for p in world.providers.values()] == [2, 2]
    assert world.available() == 100


def test_a_reply_lost_after_the_evidence_costs_no_second_call(world: World) -> None:
    job_id = world.begin().job.id
    write = world.attempt.open_attempts.write_result

    object.__setattr__(world.attempt.open_attempts, "write_result", killed)
    with pytest.raises(WorkerDied):
        world.attempt(job_id, crashes=0, dead=-1)
    object.__setattr__(world.attempt.open_attempts, "write_result", write)

    job = world.run(job_id)

    assert job.status is Status.SUCCEEDED
    assert len(world.providers["openai"].orders) == 1
    assert job.charged == 6


def test_evidence_that_comes_after_the_attempt_was_given_up_still_counts(world: World) -> None:
    job_id = world.begin().job.id

    def outlives_its_lease(order: Order) -> Made:
        world.clock.forward(world.clocks.lease + 1)
        world.providers["openai"].script = [dies]
        with pytest.raises(WorkerDied):
            world.attempt(job_id, crashes=1, dead=-1)
        return pictures(order)

    world.providers["openai"].script = [outlives_its_lease]
    answer = world.attempt(job_id, crashes=0, dead=-1)

    assert answer.outcome in {"stored", "ended"}
    job = world.run(job_id)
    assert (job.status, job.charged) == (Status.SUCCEEDED, 6)
    assert len(world.providers["openai"].orders) == 2


def test_settling_twice_moves_credits_once(world: World) -> None:
    job_id = world.begin().job.id
    world.run(job_id)

    assert world.settle(job_id).outcome == "done"

    assert world.available() == 94
    assert [e.kind for e in world.ledger.entries(ANN.owner, limit=9).entries] == ["settle", "hold", "grant"]


def test_a_settle_that_reads_the_balance_after_another_one_ended_the_job_finds_nothing_to_do(world: World) -> None:
    job_id = world.begin().job.id
    balance = world.ledger.balance

    def ended_meanwhile(owner: str) -> Balance:
        world.ledger.balance = balance  # type: ignore[method-assign]
        world.cancel(job_id, caller=ANN)
        return balance(owner)

    world.ledger.balance = ended_meanwhile  # type: ignore[method-assign]

    assert world.settle(job_id).outcome == "done"
    assert world.job(job_id).status is Status.CANCELED
    assert world.available() == 100


def test_a_door_that_died_before_starting_gives_back_what_nobody_waits_for(world: World) -> None:
    vars(world.workflow)["on_start"] = killed
    with pytest.raises(WorkerDied):
        world.begin()
    assert world.available() == 94
    vars(world.workflow)["on_start"] = lambda: None

    world.reconciled(120)

    assert world.available() == 100
    assert not world.workflow.started
    assert world.budget_folds()


def test_a_door_that_died_before_starting_a_keyed_job_has_it_started_late(world: World) -> None:
    vars(world.workflow)["on_start"] = killed
    with pytest.raises(WorkerDied):
        world.begin(key="order-1")
    vars(world.workflow)["on_start"] = lambda: None

    world.reconciled(120)

    [job_id] = world.workflow.started
    assert world.run(job_id).status is Status.SUCCEEDED
    assert world.begin(key="order-1").replayed


def test_a_start_while_step_functions_is_down_is_accepted_and_started_late(world: World) -> None:
    vars(world.workflow)["down"] = True
    started = world.begin()
    assert started.job.accepted
    vars(world.workflow)["down"] = False

    world.reconciled(60)

    assert world.run(started.job.id).status is Status.SUCCEEDED


def test_a_job_waiting_for_a_free_worker_is_not_given_up(world: World) -> None:
    job_id = world.begin().job.id
    waiting = world.job(job_id)
    world.store.save(waiting, waiting.moved(wake_by=world.clock.now()))  # as if the index were behind

    world.reconciled(300)

    assert world.job(job_id).status is Status.QUEUED
    assert world.run(job_id).status is Status.SUCCEEDED


def test_a_job_whose_worker_and_execution_both_died_ends_after_its_lease(world: World) -> None:
    world.providers["openai"].script = [dies]
    job_id = world.begin().job.id
    with pytest.raises(WorkerDied):
        world.attempt(job_id, crashes=0, dead=-1)

    world.reconciled(world.clocks.lease + 180)

    assert world.job(job_id).final
    assert world.available() == 100
    assert world.budget_folds()


def test_a_job_nobody_ever_works_on_ends_after_its_deadline(world: World) -> None:
    job_id = world.begin().job.id

    world.reconciled(world.clocks.deadline + 180)

    job = world.job(job_id)
    assert job.failure is not None
    assert job.failure.code == "deadline_exceeded"
    assert world.available() == 100


def test_the_day_of_the_budget_is_never_passed(world: World) -> None:
    world.allowing(daily_cap_micros=100_000, jobs_in_flight=99, owner_share_percent=100)
    assert world.begin().job.held == 6
    with pytest.raises(SpendingPaused):
        world.begin()

    rows = world.dynamodb.scan(TableName="limits")["Items"]
    committed = [int(row["committed"]["N"]) for row in rows if "committed" in row]
    assert sum(committed) <= 100_000
    assert world.available() == 94


def test_a_repeat_that_was_told_all_is_well_is_believed_only_after_a_look(world: World) -> None:
    send, sent = world.dynamodb.transact_write_items, list[object]()

    def said_but_not_done(**request: object) -> object:
        sent.append(request)
        if len(sent) == 1:
            raise ReadTimeoutError(endpoint_url="https://dynamodb")
        return {} if len(sent) == 2 else send(**request)

    world.dynamodb.transact_write_items = said_but_not_done
    started = world.begin()
    world.dynamodb.transact_write_items = send

    assert world.job(started.job.id).held == 6
    assert world.available() == 94
    assert world.run(started.job.id).charged == 6


@pytest.mark.parametrize("failing", ["provider_named", "secret"])
def test_a_key_or_an_adapter_that_cannot_be_had_books_nothing_as_spent(world: World, failing: str) -> None:
    job_id = world.begin().job.id
    calls, works = world.attempt.calls, getattr(world.attempt.calls, failing)

    def fails(*_: object) -> None:
        raise Busy("A secret could not be read just now; nothing was done, try again.")

    object.__setattr__(calls, failing, fails)
    for crashes in range(3):
        with pytest.raises(Busy):
            world.attempt(job_id, crashes=crashes, dead=crashes - 1)
        assert world.job(job_id).attempts == ()
    object.__setattr__(calls, failing, works)
    job = world.run_after_death(job_id, crashes=3)

    assert (job.status, len(job.attempts), len(world.providers["openai"].orders)) == (Status.SUCCEEDED, 1, 1)
    assert job.cost_micros() == 40_000
    assert world.budget_folds()


def test_a_job_whose_keys_can_never_be_had_ends_with_nothing_spent(world: World) -> None:
    job_id = world.begin().job.id

    def fails(name: str) -> None:
        raise LookupError(f"no adapter for provider {name!r}")

    object.__setattr__(world.attempt.calls, "provider_named", fails)
    with pytest.raises(LookupError):
        world.attempt(job_id, crashes=0, dead=-1)
    world.reconciled(world.clocks.deadline + 300)

    job = world.job(job_id)
    assert (job.status, job.cost_micros(), world.available()) == (Status.FAILED, 0, 100)
    assert world.budget_folds()
