"""Finish jobs that stopped moving. Rule 11 of the protocol (ARCHITECTURE.md).

The index of open jobs is a hint and may be late; the job's own row decides. Safe to run many times at once.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from easel.aws.dynamodb import Contended
from easel.aws.metrics import Metrics
from easel.aws.redaction import error_facts
from easel.aws.state_machine import StateMachine
from easel.clock import SECOND, Clock
from easel.jobs.model import Job, Status
from easel.jobs.store import OPEN_SHARDS, Store, VersionConflict
from easel.maintenance.erase_job import Erase
from easel.policy import Clocks
from easel.settlement.settle import Settle

BATCH = 500  # per shard and run; what is left is due again a minute later


@dataclass(frozen=True)
class Reconcile:
    """Runs every minute."""

    store: Store
    workflow: StateMachine
    settle: Settle
    erase: Erase
    clock: Clock
    clocks: Clocks
    meter: Metrics
    log: logging.Logger

    def __call__(self, *, until: int) -> int:
        """Look at every job that is due, until that time (ms); how many were moved on.

        Erased jobs come last: sweeping one takes many calls, and nobody waits for it. One owner who erases thousands
        of jobs would otherwise keep everybody else's from being recovered.
        """
        moved, erased = 0, list[Job]()
        for job in self._due(until):
            if job.erased:
                erased.append(job)
            else:
                moved += self._move(job)
        for job in erased:
            if self.clock.now() >= until:
                break
            moved += self._move(job)
        return moved

    def _due(self, until: int) -> Iterator[Job]:
        """The jobs that are due, from any shard on: where time runs out, it is not always the same that are left."""
        first = int(self.clock.jitter() * OPEN_SHARDS)
        shards = [(first + number) % OPEN_SHARDS for number in range(OPEN_SHARDS)]
        for due, shard in product((self.store.due, self.store.due_to_be_swept), shards):
            for job_id in due(shard, now=self.clock.now(), limit=BATCH):
                if self.clock.now() >= until:
                    return
                job = self.store.get(job_id)
                if job and job.wake_by is not None and job.wake_by <= self.clock.now():  # the index may be behind
                    yield job

    def _move(self, job: Job) -> int:
        now = self.clock.now()
        try:
            if job.erased and (job := self.erase.sweep(job.id)).final:
                return int(job.swept)
            return self._start_late(job) if self._worth_starting(job, now) else self._end(job, now)
        except (VersionConflict, Contended):
            return 0  # somebody moves it already, or next minute
        except Exception as error:  # one row that cannot be finished must not keep the others from it
            self.log.error("a job could not be reconciled", extra={"jobId": job.id, **error_facts(error)})  # noqa: TRY400 — its text stays
            self.meter.count("JobStuck")
            return 0

    def _worth_starting(self, job: Job, now: int) -> bool:
        """Whether somebody waits for a job that no execution has touched; nobody waits for an answer never given."""
        waited_for = job.keyed or job.accepted
        return job.status is Status.QUEUED and waited_for and not job.cancel_requested and now < job.deadline_at

    def _start_late(self, job: Job) -> int:
        """Start the execution; where one exists it is running, or dead and reported, or due at the deadline."""
        if not self.workflow.start(job.id):
            return 0
        self.store.save(job, job.moved(accepted=True, wake_by=job.deadline_at + self.clocks.grace * SECOND))
        self.meter.count("JobStartedLate")
        return 1

    def _end(self, job: Job, now: int) -> int:
        answer = self.settle(job.id)
        if answer.outcome == "wait":
            self.store.save(job, job.moved(wake_by=now + answer.seconds * SECOND))
            return 0
        self.meter.count("JobReconciled", status=job.status)
        return 1
