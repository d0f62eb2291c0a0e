"""Answers that no door can hand over: written down once, streamed, and led to by a signed link for a few minutes.

They are deleted after a day, and with their job when that is erased.
"""

from dataclasses import dataclass

from easel.aws import object_writer
from easel.aws.bucket import Bucket, Link
from easel.clock import Clock
from easel.errors import InvalidRequest
from easel.jobs import viewers
from easel.jobs.model import Job
from easel.jobs.store import Store
from easel.openai_api.answers import Answers, Look
from easel.openai_api.translate import ANSWER_BYTES_MAX

FOLDER = "answers/"
INLINE_BYTES_MAX = 4_000_000  # of an answer that a door hands over itself; Lambda ends at 6 MB, base64 of it included


@dataclass(frozen=True)
class KeptAnswers:
    """Writes large answers down."""

    answers: Answers
    assets: Bucket
    store: Store
    clock: Clock

    def too_large(self, job: Job, look: Look) -> bool:
        """Whether an answer has to be led to. Raises InvalidRequest for one that nobody should have to read at once."""
        size = self.answers.size(job, look)
        if size > ANSWER_BYTES_MAX:
            most = ANSWER_BYTES_MAX // 1_000_000
            raise InvalidRequest(
                f"The pictures are made and have {size // 1_000_000} MB as b64_json, more than {most};"
                f" GET /v1/images/jobs/{job.id}?as=url has links to them. Send response_format url next time.",
                errors=[("response_format", "must be url for so many bytes")],
                jobId=job.id,
            )
        return size > INLINE_BYTES_MAX

    def link(self, job: Job, look: Look) -> Link:
        """A signed link to the answer of a finished job, which is written first where it is not there.

        Raises JobErased where its owner erased it meanwhile, and what making the answer raises.
        """
        key = key_of(job.id, look)
        if not self.assets.holds(key):
            written = object_writer.write(self.assets, key, self.answers.pieces(job, look), look.media_type)
            now = self.store.get(job.id)
            if now is None or now.erased:
                self.assets.delete([written])
                raise viewers.erased(job.id)
        return self.assets.link(key, now=self.clock.now())


def key_of(job_id: str, look: Look) -> str:
    """Where an answer is kept."""
    ending = ("edit.events" if look.edit else "events") if look.stream else "json"
    return f"{FOLDER}{job_id}.{ending}"
