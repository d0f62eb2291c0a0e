"""Cancel a job: no further attempt is begun, and what has not begun costs nothing. Rule 12 of the protocol."""

from dataclasses import dataclass

from easel.errors import Busy, JobNotCancelable, NotFound
from easel.identity.callers import Caller
from easel.jobs.model import Job, Status
from easel.jobs.store import Store, VersionConflict
from easel.settlement.settle import Settle

MOVED_MAX = 20


@dataclass(frozen=True)
class Cancel:
    """Marks the job, then lets settle decide: canceled now, or later if a call is in flight."""

    store: Store
    settle: Settle

    def __call__(self, job_id: str, *, caller: Caller) -> Job:
        """The job, canceled, or with `cancel_requested` while a provider's call is in flight.

        A picture that still arrives is charged and shown. Raises NotFound (absent and foreign alike) and
        JobNotCancelable.
        """
        self._mark(job_id, caller)
        self.settle(job_id)
        return self._own(job_id, caller)

    def _mark(self, job_id: str, caller: Caller) -> None:
        for _ in range(MOVED_MAX):
            job = self._own(job_id, caller)
            if job.final and job.status is not Status.CANCELED:
                raise JobNotCancelable(f"The job {job.status} already; there is nothing to cancel.", jobId=job.id)
            if job.cancel_requested:
                return
            try:
                self.store.save(job, job.moved(cancel_requested=True))
            except VersionConflict:
                continue
            return
        raise Busy("The job keeps moving; try again.", retry_after_seconds=1)

    def _own(self, job_id: str, caller: Caller) -> Job:
        job = self.store.get(job_id)
        if job is None or caller.anonymous or job.owner != caller.owner:
            raise NotFound("There is no such job among yours.")
        return job
