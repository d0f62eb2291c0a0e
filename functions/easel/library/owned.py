"""A job as its owner may change what it says beside its pictures."""

from easel.identity.callers import Caller
from easel.jobs import viewers
from easel.jobs.model import Job


def own(job: Job | None, caller: Caller) -> Job:
    """The job, if it is the caller's. Raises NotFound, absent and foreign alike, and to its owner JobErased."""
    if job is None or caller.anonymous or job.owner != caller.owner:
        raise viewers.absent()
    if job.erased:
        raise viewers.erased(job.id)
    return job
