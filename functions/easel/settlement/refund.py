"""Giving back by hand what a job was charged, once per key, and never more than is left of the charge."""

from dataclasses import dataclass

from easel.clock import Millis
from easel.credits import balance as credits_balance
from easel.credits.accounts import Accounts, Granted, PlannedMovement
from easel.credits.balance import Charge
from easel.credits.model import Balance
from easel.credits.requests import RefundRequest
from easel.errors import NotFound, invalid
from easel.jobs.store import Store


@dataclass(frozen=True)
class Refund:
    """The movement that changes an owner's balance and a job's row in one transaction."""

    store: Store
    accounts: Accounts

    def __call__(self, ask: RefundRequest, *, owner: str, key: str, by: str) -> Granted:
        """Give back all that is left of a job's charge, or `amount` credits of it.

        Raises NotFound, InvalidRequest, IdempotencyKeyReused and Busy.
        """

        def plan(balance: Balance, now: Millis) -> PlannedMovement:
            return self._plan(ask, balance, now, key=key, by=by)

        return self.accounts.move_once(ask, plan, owner=owner, key=key)

    def _plan(self, ask: RefundRequest, balance: Balance, now: Millis, *, key: str, by: str) -> PlannedMovement:
        job = self.store.get(ask.job_id)
        if job is None or job.payer != balance.owner:
            raise NotFound("This owner has no such job.")
        left = job.charged - job.refunded
        amount = left if ask.amount is None else ask.amount
        if left == 0:
            why = f"all {job.charged} credits are refunded" if job.charged else "it was charged nothing"
            raise invalid("jobId", f"there is nothing of this job to give back: {why}")
        if not 0 < amount <= left:
            raise invalid("amount", f"{left} credits of this job are charged and not refunded; ask for 1 to {left}")
        charge = Charge(job_id=job.id, draws=job.draws, charged=job.charged, refunded=job.refunded)
        movement = credits_balance.refund(balance, charge, amount, now=now, by=by, key=key)
        refunded = self.store.replace(job, job.moved(refunded=job.refunded + amount))
        return PlannedMovement(movement, {"amount": amount, "job_id": job.id}, (refunded,))
