"""Show a job's pictures to whoever holds an address, until it ends or is taken back. Read only.

The token of an address names the job and holds 192 random bits, of which the job keeps a hash: whoever reads the table
opens nothing, and a guess is worth nothing. Shares stand on the job's row, so an erased job has none.
"""

import hmac
import secrets
from dataclasses import dataclass

from pydantic import Field

from easel.clock import DAY, SECOND, Clock
from easel.errors import InvalidRequest, NotFound
from easel.identity.callers import Caller
from easel.jobs import ids
from easel.jobs.model import Job, JobShare
from easel.jobs.store import JobWithRequest, Store
from easel.library.owned import own
from easel.schemas import Body

SECONDS_MIN, SECONDS_MAX = 60, 30 * DAY // SECOND
SECONDS = 7 * DAY // SECOND
SHARES_MAX = 10  # of one job at a time
SECRET_BYTES = 24


class ShareRequest(Body):
    """How long a job is to be shown to whoever has the address, and whether with its prompt."""

    seconds: int = Field(SECONDS, ge=SECONDS_MIN, le=SECONDS_MAX, description="how long the address works")
    prompt: bool = Field(False, description="whether the prompt is shown with the pictures")


@dataclass(frozen=True)
class NewShare:
    """A share with its token, which nobody can be told a second time."""

    share: JobShare
    token: str


@dataclass(frozen=True)
class SharedJobs:
    """Shares jobs, and takes shares back."""

    store: Store
    clock: Clock

    def create(self, job_id: str, ask: ShareRequest, *, caller: Caller) -> NewShare:
        """A new address of a job that has pictures.

        Raises NotFound (absent and foreign alike), JobErased, InvalidRequest for a job without pictures or with too
        many shares, Forbidden for credentials that may not read jobs, and Busy where the row kept changing.
        """
        now, secret = self.clock.now(), secrets.token_urlsafe(SECRET_BYTES)
        share = JobShare(
            id=ids.fresh(now),
            token_hash=ids.token_hash(secret),
            prompt=ask.prompt,
            created_at=now,
            expires_at=now + ask.seconds * SECOND,
        )

        def plan(found: Job | None) -> Job:
            job = own(found, caller)
            caller.must("read")  # what is shown to everybody must be the caller's to see
            if share in job.shares:  # only a reply was lost
                return job
            living = living_shares(job, now)
            if not job.final or not job.images:
                raise InvalidRequest("Only a job that has ended with pictures can be shared. Wait for its end.")
            if len(living) >= SHARES_MAX:
                raise InvalidRequest(f"A job has at most {SHARES_MAX} shares at a time; end one of them first.")
            return job.moved(shares=(*living, share))

        self.store.change_or_busy(job_id, plan)
        return NewShare(share, f"{job_id}.{secret}")

    def list(self, job_id: str, *, caller: Caller) -> tuple[JobShare, ...]:
        """The shares that have not ended. Raises NotFound and JobErased."""
        return living_shares(own(self.store.get(job_id), caller), self.clock.now())

    def end(self, job_id: str, share_id: str, *, caller: Caller) -> None:
        """Take a share back; one that is not there need not be. Raises NotFound, JobErased and Busy."""

        def plan(found: Job | None) -> Job:
            job = own(found, caller)
            left = tuple(share for share in job.shares if share.id != share_id)
            return job if left == job.shares else job.moved(shares=left)

        self.store.change_or_busy(job_id, plan)


@dataclass(frozen=True)
class ShownJob:
    """A job that is shown by a share, with its prompt only where the share says so."""

    job: Job
    share: JobShare
    prompt: str | None


@dataclass(frozen=True)
class OpenShare:
    """Finds what a token opens."""

    store: Store
    clock: Clock

    def __call__(self, token: str) -> ShownJob:
        """The job. Raises NotFound: the same for a share that ended, was taken back, or never was."""
        job_id, _, secret = token.partition(".")
        found = self.store.find(job_id) if job_id and secret else None
        share = self._share(found, secret)
        if found is None or share is None:
            raise NotFound("There is nothing at this address any more; ask whoever sent it to you.")
        prompt = found.request.prompt if share.prompt and found.request else None
        return ShownJob(found.job, share, prompt)

    def _share(self, found: JobWithRequest | None, secret: str) -> JobShare | None:
        if found is None or found.job.erased:
            return None
        hashed = ids.token_hash(secret)
        living = living_shares(found.job, self.clock.now())
        return next((share for share in living if hmac.compare_digest(share.token_hash, hashed)), None)


def living_shares(job: Job, now: int) -> tuple[JobShare, ...]:
    """The shares of a job that have not ended at a time (ms)."""
    return tuple(share for share in job.shares if share.expires_at > now)
