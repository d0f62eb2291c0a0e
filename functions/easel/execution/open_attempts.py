"""Attempts that are open: what is known of them is written on their job, their leases renewed, their tasks given up.

Rules 4 to 6 of the protocol (ARCHITECTURE.md). An attempt without an outcome is alive until its lease is over or its
worker was reported dead; nobody guesses how it ended.
"""

from dataclasses import dataclass

from easel.aws.bucket import Bucket
from easel.clock import SECOND, Clock
from easel.execution.call_results import Result
from easel.execution.calls import ProviderCalls
from easel.execution.dispatch import Dispatch
from easel.execution.reports import Reports
from easel.execution.time_limits import lease_until, task_until
from easel.jobs.attempts import Attempt
from easel.jobs.evidence import Evidence, with_evidence, write_evidence
from easel.jobs.model import Job
from easel.jobs.store import Store, VersionConflict
from easel.policy import Clocks
from easel.providers.protocol import Outcome


@dataclass(frozen=True)
class OpenAttempts:
    """Writes what is known about attempts that have begun."""

    store: Store
    assets: Bucket
    calls: ProviderCalls
    dispatch: Dispatch
    reports: Reports
    clock: Clock
    clocks: Clocks

    def record_what_is_known(self, job: Job, *, dead: int, worker: str, now: int) -> Job:
        """The job with what is now known of attempts that never reported: their evidence, or their death.

        Raises VersionConflict.
        """
        known = with_evidence(job, self.assets)
        last = known.last
        if last and last.open and last.worker != worker:
            if last.tickets:  # what a queue has taken on outlives a worker
                if task_until(known, last, self.clocks) <= now:
                    known = self._give_up_tickets(known, last, now)
            elif last.turn == dead:
                known = self._close_abandoned(known, last, "its worker died", now)
            elif last.lease_until <= now:
                known = self._close_abandoned(known, last, "its worker did not report within its lease", now)
        if known is job:
            return job
        return self.store.save(job, known.model_copy(update={"version": job.version + 1}))

    def renew_lease(self, job: Job, attempt: Attempt, now: int) -> Job:
        """The job with a lease for this look, so that nobody settles it while a worker fetches its images.

        Raises VersionConflict.
        """
        until = lease_until(job, now, self.clocks)
        renewed = job.closing(attempt.number, lease_until=until)
        return self.store.save(job, renewed.model_copy(update={"wake_by": until + self.clocks.grace * SECOND}))

    def record_result(self, job: Job, attempt: Attempt, result: Result) -> Job | None:
        """Leave evidence of what was stored, tell everybody how the provider did, close the attempt.

        None where the row kept moving: the attempt stays open until its lease is over or its evidence is met.
        """
        if result.outcome and result.images:
            evidence = Evidence(
                job=job.id,
                attempt=attempt.number,
                provider=attempt.provider,
                model=attempt.model,
                images=result.images,
                calls=result.calls,
                at=self.clock.now(),
            )
            write_evidence(self.assets, evidence)
        self.reports.ended(job, attempt, result)
        if result.outcome:
            step, now = job.step_of(attempt), self.clock.now()
            self.dispatch.tell(step, result.outcome, retry_at=result.retry_at, now=now)
        return self.write_result(job, attempt, result)

    def write_result(self, job: Job, attempt: Attempt, result: Result) -> Job | None:
        """Write down how the attempt stands, unless it is over or another look heard how it ended."""
        try:
            return self.store.change(job.id, lambda now: self._with_result(now, attempt, result), known=job)
        except VersionConflict:
            return None

    def _give_up_tickets(self, job: Job, attempt: Attempt, now: int) -> Job:
        self.calls.abandon(attempt)
        outcome = Outcome.DELIVERED if attempt.images else Outcome.UNKNOWN
        why = "its queue did not deliver in time"
        self.dispatch.tell(job.step_of(attempt), outcome, retry_at=None, now=now)
        calls = attempt.given_up(now)
        return job.closing(attempt.number, outcome=outcome, reason=why, ended_at=now, calls=calls, tickets=())

    def _close_abandoned(self, job: Job, attempt: Attempt, why: str, now: int) -> Job:
        self.reports.abandoned(attempt)
        return job.closing(attempt.number, outcome=Outcome.ABANDONED, reason=why, ended_at=now)

    def _with_result(self, job: Job | None, attempt: Attempt, result: Result) -> Job:
        if job is None:
            raise VersionConflict("a job whose row is gone")
        if job.final or not (result.outcome or job.attempts[attempt.number - 1].open):
            return job
        written = job.closing(
            attempt.number,
            outcome=result.outcome,
            reason=result.reason,
            retry_at=result.retry_at,
            ended_at=self.clock.now() if result.outcome else None,
            images=result.images,
            calls=result.calls,
            tickets=result.tickets,
        )
        if result.outcome:
            written = written.model_copy(update={"wake_by": job.deadline_at + self.clocks.grace * SECOND})
        if result.failure and not job.failure:
            written = written.model_copy(update={"failure": result.failure})
        return written
