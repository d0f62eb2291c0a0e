"""Start a job: plan it, hold its credits, then one execution.

Rules 1 and 2 of the protocol (ARCHITECTURE.md): nothing is called before it is paid for, and the job's id is the
idempotency.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from easel.clock import SECOND, Clock
from easel.errors import IdempotencyKeyReused, InvalidRequest, JobErased
from easel.identity.callers import Caller
from easel.jobs import ids
from easel.jobs.model import Job, Status
from easel.jobs.request import Request
from easel.jobs.store import JobWithRequest, Store
from easel.policy import Clocks
from easel.schemas import body_hash
from easel.submission.admission import Admission, Admitted
from easel.submission.drafts import Drafts
from easel.submission.hold import Hold
from easel.submission.intake import Intake
from easel.submission.launch import Launch
from easel.submission.request import JobRequest


@dataclass(frozen=True)
class Started:
    """A job that will be made, or is; `available` is what the first answer said was left of the credits."""

    job: Job
    request: Request
    replayed: bool
    available: int
    job_token: str | None = None


@dataclass(frozen=True)
class Start:
    """The one way a job begins, whichever door it came through."""

    store: Store
    admission: Admission
    drafts: Drafts
    intake: Intake
    hold: Hold
    launch: Launch
    clock: Clock
    clocks: Clocks

    def __call__(self, ask: JobRequest, *, caller: Caller, key: str | None, warnings: Sequence[str] = ()) -> Started:
        """Hold the credits and start the job, or answer what an earlier call with this key started.

        `warnings` are what a door has to say of the request, and are kept on the job.
        Raises CallerError: whatever the kind, nothing is held unless its detail says so.
        """
        if key and caller.anonymous:
            raise InvalidRequest(
                "An Idempotency-Key belongs to an owner; sign in, or leave it out.",
                errors=[("Idempotency-Key", "not allowed without credentials")],
            )
        now = self.clock.now()
        job_id = self.drafts.job_id(caller, key, now=now)
        if key and (found := self.store.find(job_id)):
            return self._replay(found, ask)
        return self._begin(job_id, self.admission(ask, caller, now=now, warnings=warnings), keyed=bool(key))

    def _begin(self, job_id: str, admitted: Admitted, *, keyed: bool) -> Started:
        ask, caller = admitted.ask, admitted.caller
        incoming = self.intake.look(ask, job_id=job_id, caller=caller)
        request = incoming.request(ask, admitted.plan)
        job_token = ids.job_token() if caller.anonymous else None
        job = self.drafts.job(job_id, admitted, keyed=keyed, job_token=job_token)
        if incoming.bytes:  # nothing is stored for who would be refused
            self.hold.look(job, caller)
        with self.intake.stored(incoming, caller) as stored:
            held = self.hold(job, request, caller, until=admitted.now + self.clocks.contention * SECOND)
            stored.kept = isinstance(held, Job)
        if isinstance(held, JobWithRequest):
            return self._replay(held, ask)
        return Started(self.launch(held), request, replayed=False, available=held.held_available, job_token=job_token)

    def _replay(self, found: JobWithRequest, ask: JobRequest) -> Started:
        job = found.job
        if job.erased or found.request is None:
            raise JobErased("The job this Idempotency-Key started was erased.", jobId=job.id)
        if job.body_hash != body_hash(ask):
            raise IdempotencyKeyReused(
                "This Idempotency-Key came before with another body; use a new key for a new request.", jobId=job.id
            )
        if job.status is Status.QUEUED and not job.accepted:
            job = self.launch(job)
        return Started(job, found.request, replayed=True, available=job.held_available)
