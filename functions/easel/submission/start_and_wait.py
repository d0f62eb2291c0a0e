"""Make a picture while the caller waits: the same job as any other, with somebody watching it."""

from dataclasses import dataclass, replace

from easel.aws.bucket import Bucket
from easel.identity.callers import Caller
from easel.jobs.model import Job
from easel.jobs.wait import WaitForEnd
from easel.submission.request import JobRequest
from easel.submission.start import Start, Started

INLINE_BYTES_MAX = 4_000_000  # base64 makes a third more of it, and an answer ends at 6 MB


@dataclass(frozen=True)
class Generate:
    """A start that waits."""

    start: Start
    wait: WaitForEnd
    assets: Bucket

    def __call__(self, ask: JobRequest, *, caller: Caller, key: str | None, until: int) -> Started:
        """The job once it is final, or as it is at `until` (ms), or at once where too many wait already.

        Raises what Start raises.
        """
        started = self.start(ask, caller=caller, key=key)
        return replace(started, job=self.wait(started.job, until=until).job)

    def picture(self, job: Job) -> bytes | None:
        """The first image's bytes, None where it is too large to be sent along."""
        image = job.images[0]
        return self.assets.read(image.key) if image.bytes <= INLINE_BYTES_MAX else None
