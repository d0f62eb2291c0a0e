"""Bugs that real products shipped, each as a class in the place of one of ours, their books as tidy as can be."""

import uuid
from dataclasses import replace
from typing import Any

from easel.aws.dynamodb import Write
from easel.credits import balance as credits_balance
from easel.credits import spending
from easel.credits.accounts import Granted, PlannedMovement
from easel.credits.model import Balance, Entry, Grant
from easel.credits.movement import Movement
from easel.credits.requests import RefundRequest
from easel.errors import CallerError
from easel.execution.begin import BeginAttempt, Invocation
from easel.execution.call_results import Result
from easel.execution.open_attempts import OpenAttempts
from easel.identity.callers import Caller
from easel.jobs.attempts import Attempt
from easel.jobs.model import Job
from easel.jobs.request import Request
from easel.jobs.store import JobWithRequest
from easel.providers.errors import ProviderUnknown
from easel.providers.protocol import Made, Order
from easel.settlement.refund import Refund
from easel.settlement.settle import Settle
from easel.submission.drafts import Drafts
from easel.submission.hold import Hold
from tests.simulation.aws.makers import Maker


def moved(balance: Balance, kind: Any, moves: dict[str, int], *, job_id: str, now: int) -> Movement:
    """A movement that asks no questions, written down as neatly as ours are."""
    entry = Entry(
        owner=balance.owner, seq=balance.seq + 1, kind=kind, at=now, moves=moves, job=job_id, previous=balance.head
    )
    entry = entry.model_copy(update={"hash": entry.digest()})
    gained = moves.get("available", 0)
    grants = balance.grants if gained >= 0 else spending.take(balance.grants, -gained)[0]
    if gained > 0:
        grants = (*grants, Grant(id=f"moved-{entry.seq}", amount=gained, created_at=now))
    accounts: dict[str, Any] = {name: getattr(balance, name) + move for name, move in moves.items()}
    accounts |= {"grants": grants, "seq": entry.seq, "head": entry.hash, "version": balance.version + 1}
    return Movement(before=balance, after=balance.model_copy(update=accounts), entries=(entry,))


class NegativePrice(Drafts):
    """A price below zero is a price."""

    def job(self, *args: Any, **kwargs: Any) -> Job:
        job = super().job(*args, **kwargs)
        return job.model_copy(update={"held": -job.held})


class HoldsWhateverItSays(Hold):
    """Starting a job of a negative price makes credits."""

    def _plan(self, job: Job, balance: Balance, *, barred: CallerError | None) -> Movement:
        counted = balance.model_copy(update={"in_flight": balance.in_flight + 1})
        moves = {"available": -job.held, "held": job.held}
        movement = moved(counted, "hold", moves, job_id=job.id, now=self.clock.now())
        return replace(movement, before=balance)


class RefundsTheOriginal(Refund):
    """A full refund gives back the whole charge, whatever was given back before."""

    def _plan(self, ask: RefundRequest, balance: Balance, now: int, *, key: str, by: str) -> PlannedMovement:
        job = self.store.get(ask.job_id)
        if job is None or ask.amount is not None:
            return super()._plan(ask, balance, now, key=key, by=by)
        moves = {"charged": -job.charged, "available": job.charged}
        row = self.store.replace(job, job.model_copy(update={"refunded": 0}).moved(refunded=job.charged))
        movement = moved(balance, "refund", moves, job_id=job.id, now=now)
        return PlannedMovement(movement, {"amount": job.charged, "job_id": job.id}, (row,))


class RefundsAgain(RefundsTheOriginal):
    """A payment callback that comes twice refunds twice: its key is not looked at."""

    def __call__(self, ask: RefundRequest, *, owner: str, key: str, by: str) -> Granted:
        return super().__call__(ask, owner=owner, key=f"{key} {uuid.uuid4()}", by=by)


class KeepsTheCharge(Settle):
    """Charges for the attempt, picture or not."""

    def _commit(self, job: Job, ended: Job, balance: Balance, *, now: int, until: int) -> bool:
        kept = ended.model_copy(update={"charged": job.held, "returned": 0})
        return super()._commit(job, kept, balance, now=now, until=until)


class SettlesInTwo(Settle):
    """Ends the job in one write, and gives the credits back in a second one."""

    def _commit(self, job: Job, ended: Job, balance: Balance, *, now: int, until: int) -> bool:
        movement = credits_balance.settle(balance, job.draws, ended.charged, job_id=job.id, now=now)
        for writes in (self._of_the_job(job, ended, now), self.ledger.writes(movement)):
            self.database.commit(writes, token=str(uuid.uuid4()), until=until)
        return True

    def _of_the_job(self, job: Job, ended: Job, now: int) -> tuple[Write, ...]:
        ended = ended.model_copy(update={"version": job.version + 1})
        guard = self.ledger.guard(job.payer, f"resolved#{job.id}", charged=ended.charged, at=now)
        return (self.store.replace(job, ended), guard, *self.budget.give_back(job.reservations, ended.cost_micros()))


class FrozenAggregate(SettlesInTwo):
    """One frozen sum for all jobs of an owner: whoever ends first releases it all."""

    def _commit(self, job: Job, ended: Job, balance: Balance, *, now: int, until: int) -> bool:
        freed = balance.held - ended.charged
        moves = {"held": -balance.held, "charged": ended.charged, "available": freed}
        counted = balance.model_copy(update={"in_flight": balance.in_flight - 1})
        movement = replace(moved(counted, "settle", moves, job_id=job.id, now=now), before=balance)
        writes = (*self._of_the_job(job, ended, now), *self.ledger.writes(movement))
        return self.database.commit(writes, token=str(uuid.uuid4()), until=until)


class IgnoresHolds(Hold):
    """A second way to start a job, which looks at the balance and sets nothing aside."""

    def __call__(self, job: Job, request: Request, caller: Caller, *, until: int) -> Job | JobWithRequest:
        self._plan(job, self.ledger.balance(job.payer), barred=None)
        placed = self.budget.with_room(job.reservations[0], job.created_at) or job.reservations[0]
        job = job.model_copy(update={"reservations": (placed,)})
        writes = (*self.store.create(job, request), self.budget.reserve(placed))
        self.database.commit(writes, token=str(uuid.uuid4()), until=until)
        return job


class RetriesInside(Maker):
    """An SDK that sends the request again, twice, when no answer comes."""

    def make(self, order: Order) -> Made:
        for _ in range(2):
            try:
                return super().make(order)
            except ProviderUnknown:
                assert self.region.actor is not None
                self.region.actor.calls -= order.n  # for the same slots
        return super().make(order)


class LoadsTooLate(BeginAttempt):
    """Writes the attempt first, and then finds that there is no key to call with."""

    def _begin_next(self, job: Job, request: Request, run: Invocation, now: int) -> Any:
        return super()._begin_next(job, request, replace(run, load=_nothing, _loaded={}), now)


class ForgetsFailedCalls(OpenAttempts):
    """Keeps what was delivered, and nothing of a call that failed and may be billed all the same."""

    def write_result(self, job: Job, attempt: Attempt, result: Result) -> Job | None:
        kept = result.calls if result.images else ()
        return super().write_result(job, attempt, replace(result, calls=kept))


def _nothing(*_: object) -> Any:
    return None
