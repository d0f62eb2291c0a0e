"""Who may see a job, and have it erased."""

import hmac

from easel.errors import JobErased, NotFound
from easel.identity.callers import Caller
from easel.jobs import ids
from easel.jobs.model import Job


def may_see(job: Job, caller: Caller) -> bool:
    """Whether a job is a caller's: its owner's, or of whoever shows the token of an anonymous one."""
    if job.viewer_hash is not None:
        return hmac.compare_digest(job.viewer_hash, ids.token_hash(caller.job_token))
    return not caller.anonymous and job.owner == caller.owner


def may_erase(job: Job, caller: Caller) -> bool:
    """The same; and IAM has checked who sends a command, so the owner that it names is believed."""
    return job.owner == caller.owner if caller.command else may_see(job, caller)


def absent() -> NotFound:
    """What is said of a job that is not the caller's, whether there is one or not."""
    return NotFound("There is no such job among yours.")


def erased(job_id: str) -> JobErased:
    """What the owner of an erased job is told."""
    return JobErased("This job was erased; only its amounts remain.", jobId=job_id)
