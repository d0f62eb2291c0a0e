"""What a request of `/v1` comes to once its door has waited: an answer, the way to one, or the way to wait on."""

from dataclasses import dataclass

from easel.aws.bucket import Link
from easel.clock import SECOND, Clock
from easel.errors import Busy
from easel.identity.callers import Caller
from easel.jobs.model import Job, Status
from easel.jobs.wait import WaitForEnd
from easel.openai_api.answers import Answers, Look
from easel.openai_api.claims import Claims
from easel.openai_api.kept_answers import KeptAnswers
from easel.submission.quick_view import failure_of

HOPS_MAX = 18  # clients follow 20 redirects: one leads to a large answer, and one is kept back
SEAT_SECONDS = 10  # when to come again where too many wait
LAST_SECONDS = 5  # the same after the last hop
WRITING_SECONDS = 10  # what writing a large answer down may take


@dataclass(frozen=True)
class Ready:
    """An answer, to be handed over."""

    job: Job
    content: bytes


@dataclass(frozen=True)
class Kept:
    """An answer that lies in the bucket."""

    job: Job
    link: Link


@dataclass(frozen=True)
class NotYet:
    """No answer yet: hop number `hop` waits on."""

    job: Job
    hop: int


@dataclass(frozen=True)
class Collect:
    """Waits for a job, makes its answer, and notes for repeats how far that came."""

    wait: WaitForEnd
    answers: Answers
    kept: KeptAnswers
    claims: Claims
    clock: Clock

    def __call__(self, job: Job, look: Look, caller: Caller, *, hop: int, until: int) -> Ready | Kept | NotYet:
        """The answer of a job, after waiting until `until` (ms) at most; `hop` is 0 for the request that started it.

        Raises JobFailed for a job that ended without a picture, and Busy where nobody may wait on.
        """
        if not job.final:
            self.claims.waits(job, caller, until=until)
        try:
            found = self._found(job, look, hop=hop, until=until)
        except Busy:
            self.claims.left(job, caller)
            raise
        if not isinstance(found, NotYet):
            self.claims.answered(job, caller)
        return found

    def _found(self, job: Job, look: Look, *, hop: int, until: int) -> Ready | Kept | NotYet:
        waited = self.wait(job, until=until)
        job = waited.job
        if not job.final:
            return self._wait_on(job, hop, seated=waited.seated)
        if job.status is not Status.SUCCEEDED:
            raise failure_of(job)
        if not self.kept.too_large(job, look):
            return Ready(job, b"".join(self.answers.pieces(job, look)))
        if self.clock.now() > until - WRITING_SECONDS * SECOND and hop < HOPS_MAX:
            return NotYet(job, hop + 1)  # it is made with time enough
        return Kept(job, self.kept.link(job, look))

    def _wait_on(self, job: Job, hop: int, *, seated: bool) -> NotYet:
        if not seated:
            raise _still_generating(job, "Too many requests wait for pictures just now.", SEAT_SECONDS)
        if hop >= HOPS_MAX:
            raise _still_generating(job, "The picture takes longer than requests are led on.", LAST_SECONDS)
        return NotYet(job, hop + 1)


def _still_generating(job: Job, why: str, seconds: int) -> Busy:
    said = f"{why} It is being made: send the same request again, or GET /v1/images/jobs/{job.id}."
    return Busy(said, retry_after_seconds=seconds, reason="still_generating", jobId=job.id)
