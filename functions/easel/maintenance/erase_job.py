"""Erase a job: its text and every version of its images go, its amounts stay. Rule 12 of the protocol.

Asking marks the job, which nobody sees from then on, and cancels it if it runs. Sweeping, the reconciler's part,
deletes; what a worker in flight still stores is swept once the job is final. Both are safe to run any number of times.

There is no time to take it back: whoever erases one job names it, and what must not be seen must go at once. Who asked
stays on the tombstone, and on the audit.
"""

from collections.abc import Callable
from dataclasses import dataclass

from easel.aws.bucket import Bucket
from easel.aws.dynamodb import Contended, Put
from easel.clock import SECOND, Clock
from easel.errors import Busy, NotFound
from easel.identity.audit_log import AuditEvent, audit_put
from easel.identity.callers import Caller
from easel.jobs import viewers
from easel.jobs.model import Job
from easel.jobs.store import Store, VersionConflict, until_saved
from easel.settlement.settle import Settle
from easel.webhooks.announce import event_of
from easel.webhooks.store import WebhookStore

WRITE_WITHIN = 5 * SECOND  # how long marking a job is tried
LAST_LOOK = 300 * SECOND  # after the deadline: no worker lives so long, heard of or not


@dataclass(frozen=True)
class Erase:
    """Leaves a tombstone: id, amounts, status."""

    store: Store
    assets: Bucket
    settle: Settle
    webhooks: WebhookStore
    clock: Clock

    def ask(self, job_id: str, *, caller: Caller) -> Job:
        """The job as nobody sees it any more, due to be swept, and a row on the audit that says who asked.

        The owner may, whoever shows the token of an anonymous job, and a command that names the owner. Raises NotFound,
        absent and foreign alike, and Busy.
        """
        return self._ask(job_id, caller.name, lambda job: viewers.may_erase(job, caller), audited=True)

    def ask_for(self, job_id: str, *, owner: str, by: str) -> Job:
        """The same for an owner whose request to be erased altogether is on the audit already."""
        return self._ask(job_id, by, lambda job: job.owner == owner, audited=False)

    def _ask(self, job_id: str, by: str, may: Callable[[Job], bool], *, audited: bool) -> Job:
        try:
            job = until_saved(lambda: self._mark(job_id, by, may, audited=audited))
        except (VersionConflict, Contended):
            raise Busy("The job keeps moving; try again.", retry_after_seconds=1) from None
        if not job.final:
            self.settle(job_id)
        return self.store.get(job_id) or job

    def sweep(self, job_id: str) -> Job:
        """Delete what the owner of an erased job said, and, once it is final, all that it left in the bucket.

        Where a worker was given up without a word, it may still store: what it leaves is deleted by a last look.
        Raises NotFound, and Busy where the row kept changing.
        """
        return self.store.change_or_busy(job_id, self._sweep)

    def _sweep(self, job: Job | None) -> Job:
        if job is None:
            raise NotFound("There is no such job.")
        if not job.erased or job.swept:
            return job
        self._forget(job.id)
        if not job.final:
            return job
        self.assets.erase(f"jobs/{job.id}/")
        self.assets.erase(f"incoming/{job.id}/")
        self.assets.erase(f"answers/{job.id}.")
        self.webhooks.forget_event(job.owner, event_of(job).id)
        last_look = job.deadline_at + LAST_LOOK
        over = self.clock.now() >= last_look or not any(a.evidence_may_come for a in job.attempts)
        return job.moved(
            swept=over,
            images=(),
            attempts=tuple(attempt.model_copy(update={"images": ()}) for attempt in job.attempts),
            body_hash=None,
            viewer_hash=None,
            webhook_url=None,
            wake_by=None if over else last_look,
        )

    def _forget(self, job_id: str) -> None:
        """The uploads that the job used first: where they are is written in the request."""
        found = self.store.find(job_id)
        for key in found.request.uploads if found and found.request else ():
            self.assets.erase(key)
        self.store.forget_request(job_id)

    def _mark(self, job_id: str, by: str, may: Callable[[Job], bool], *, audited: bool) -> Job:
        job, now = self.store.get(job_id), self.clock.now()
        if job is None or not may(job):
            raise viewers.absent()
        if job.erased:
            return job
        canceled = not job.final or job.cancel_requested
        marked = job.moved(erased=True, erased_by=by, cancel_requested=canceled, shares=(), wake_by=now)
        noted = (self._noted(job, by, now),) if audited else ()
        return self.store.save_with(job, marked, *noted, until=now + WRITE_WITHIN)

    def _noted(self, job: Job, by: str, now: int) -> Put:
        event = AuditEvent(at=now, by=by, act="job erased", what=job.id, facts={"owner": job.owner})
        return audit_put(self.store.table, event)
