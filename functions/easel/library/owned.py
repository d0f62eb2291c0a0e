"""A job as its owner may change what it says beside its pictures."""

from easel.errors import JobErased, NotFound
from easel.identity.callers import Caller
from easel.jobs.model import Job


def own(job: Job | None, caller: Caller) -> Job:
    """The job, if it is the caller's. Raises NotFound, absent and foreign alike, and to its owner JobErased."""
    if job is None or caller.anonymous or job.owner != caller.owner:
        raise NotFound("There is no such job among yours.")
    if job.erased:
        raise JobErased("This job was erased; only its amounts remain.", jobId=job.id)
    return job
