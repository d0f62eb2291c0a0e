"""Settle a job: charge or give back, once, in one transaction. The only code that ends a job.

Rule 10 of the protocol (ARCHITECTURE.md). Safe to run any number of times, by the workflow, a cancel and the
reconciler at once: the job's version, the guard and the balance's version let one of them win.
"""

import uuid
from dataclasses import dataclass

from easel.aws.bucket import Bucket
from easel.aws.dynamodb import ConditionFailed, Contended, Database, Write
from easel.aws.metrics import Metrics
from easel.clock import SECOND, Clock, Millis
from easel.credits import balance as credits_balance
from easel.credits.ledger import Ledger
from easel.credits.model import Balance
from easel.jobs.evidence import with_evidence
from easel.jobs.model import Job
from easel.jobs.store import Store
from easel.jobs.task_result import TaskResult, wait_until
from easel.limits import daily
from easel.limits.budget import Budget
from easel.policy import Clocks
from easel.settlement.verdict import verdict
from easel.webhooks.announce import Announce

PATIENCE = 20 * SECOND  # of 30 the function has; the workflow repeats it up to 8 times


@dataclass(frozen=True)
class Settle:
    """Decides by what it reads, never by who asked."""

    store: Store
    ledger: Ledger
    budget: Budget
    assets: Bucket
    database: Database
    clock: Clock
    clocks: Clocks
    announce: Announce
    meter: Metrics

    def __call__(self, job_id: str) -> TaskResult:
        """End the job unless a worker's lease is still running; then say how long to wait.

        Raises Contended when the balance is fought over for longer than PATIENCE: repeat it.
        """
        until = self.clock.now() + PATIENCE
        while True:
            job = self.store.get(job_id)
            if job is None or job.final:
                return TaskResult("done")
            now = self.clock.now()
            known = with_evidence(job, self.assets)
            if known.last and known.last.open and known.last.lease_until > now:
                return wait_until(known.last.lease_until, now=now, clocks=self.clocks)
            balance = self.ledger.balance(job.payer)
            if balance.held < job.held and self.store.get(job_id) != job:
                continue  # somebody ended the job between the two reads
            try:
                heard = self._commit(job, verdict(known, now), balance, now=now, until=until)
            except ConditionFailed as failure:
                if self.clock.now() >= until:
                    raise Contended("the job or its balance kept moving") from failure
                continue  # somebody else moved the job or the balance: look again
            if heard:
                return TaskResult("done")

    def _commit(self, job: Job, ended: Job, balance: Balance, *, now: Millis, until: Millis) -> bool:
        ended = ended.model_copy(update={"version": job.version + 1})
        movement = credits_balance.settle(balance, job.draws, ended.charged, job_id=job.id, now=now)
        writes: tuple[Write, ...] = (
            self.store.replace(job, ended),
            self.ledger.guard(job.payer, f"resolved#{job.id}", charged=ended.charged, returned=ended.returned, at=now),
            *self.ledger.writes(movement),
            *self.budget.give_back(job.reservations, ended.cost_micros()),
            *daily.returned(self.budget.table, job.allowances, ended.returned),
            *(announced := self.announce.writes(ended)),
        )
        heard = self.database.commit(writes, token=str(uuid.uuid4()), until=until)
        code = ended.failure.code if ended.failure else "none"
        self.meter.count("JobSettled", status=ended.status, code=code)
        if announced:
            self.announce.at_once(job.id)
        return heard
