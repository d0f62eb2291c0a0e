"""Cancel a job: no further attempt is begun, and what has not begun costs nothing. Rule 12 of the protocol."""

from dataclasses import dataclass

from easel.errors import JobNotCancelable
from easel.identity.callers import Caller
from easel.jobs import viewers
from easel.jobs.model import Job, Status
from easel.jobs.store import Store
from easel.settlement.settle import Settle


@dataclass(frozen=True)
class Cancel:
    """Marks the job, then lets settle decide: canceled now, or later if a call is in flight."""

    store: Store
    settle: Settle

    def __call__(self, job_id: str, *, caller: Caller) -> Job:
        """The job, canceled, or with `cancel_requested` while a provider's call is in flight.

        A picture that still arrives is charged and shown. Raises NotFound (absent and foreign alike) and
        JobNotCancelable, and Busy where the row kept changing.
        """
        self._mark(job_id, caller)
        self.settle(job_id)
        return _own(self.store.get(job_id), caller)

    def _mark(self, job_id: str, caller: Caller) -> None:
        def plan(found: Job | None) -> Job:
            job = _own(found, caller)
            if job.final and job.status is not Status.CANCELED:
                raise JobNotCancelable(f"The job {job.status} already; there is nothing to cancel.", jobId=job.id)
            return job if job.cancel_requested else job.moved(cancel_requested=True)

        self.store.change_or_busy(job_id, plan)


def _own(job: Job | None, caller: Caller) -> Job:
    if job is None or caller.anonymous or job.owner != caller.owner:
        raise viewers.absent()
    return job
