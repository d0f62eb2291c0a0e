"""Make a picture while the caller waits: the same job as any other, with somebody watching it."""

from dataclasses import dataclass, replace

from easel.aws.bucket import Bucket
from easel.clock import SECOND, Clock
from easel.identity.callers import Caller
from easel.jobs.model import Job
from easel.jobs.store import Store
from easel.limits.seats import Seats
from easel.submission.request import JobRequest
from easel.submission.start import Start, Started

POLL_FIRST = 0.15  # seconds between looks, growing by a quarter to POLL_MAX
POLL_MAX = 1.0
INLINE_BYTES_MAX = 4_000_000  # base64 makes a third more of it, and an answer ends at 6 MB


@dataclass(frozen=True)
class Generate:
    """A start that waits."""

    start: Start
    store: Store
    assets: Bucket
    waiting: Seats
    clock: Clock

    def __call__(self, ask: JobRequest, *, caller: Caller, key: str | None, until: int) -> Started:
        """The job once it is final, or as it is at `until` (ms), or at once where too many wait already.

        Raises what Start raises.
        """
        started = self.start(ask, caller=caller, key=key)
        if started.job.final:
            return started
        with self.waiting.seat() as seated:
            return replace(started, job=self._watched(started.job, until)) if seated else started

    def _watched(self, job: Job, until: int) -> Job:
        pause = POLL_FIRST
        while not job.final and self.clock.now() + pause * SECOND < until:
            self.clock.sleep(pause)
            pause = min(pause * 1.25, POLL_MAX)
            job = self.store.get(job.id) or job
        return job

    def picture(self, job: Job) -> bytes | None:
        """The first image's bytes, None where it is too large to be sent along."""
        image = job.images[0]
        return self.assets.read(image.key) if image.bytes <= INLINE_BYTES_MAX else None
