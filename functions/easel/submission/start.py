"""Start a job: plan it, hold its credits, then one execution.

Rules 1 and 2 of the protocol (ARCHITECTURE.md): nothing is called before it is paid for, and the job's id is the
idempotency.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from easel.aws.bucket import Bucket
from easel.aws.dynamodb import Contended
from easel.aws.state_machine import StateMachine
from easel.catalog import planning
from easel.catalog.plan import Plan
from easel.clock import SECOND, Clock, day_of
from easel.errors import Busy, IdempotencyKeyReused, InvalidRequest, JobErased
from easel.identity.callers import Caller
from easel.jobs import ids
from easel.jobs.model import Job, Status
from easel.jobs.request import Request
from easel.jobs.store import JobWithRequest, Store, VersionConflict
from easel.limits.budget import Budget
from easel.limits.budget_shards import Reservation
from easel.limits.rates import Limits
from easel.moderation.prompts import Moderate
from easel.policy import Clocks, Policy
from easel.providers.availability_store import Signals
from easel.schemas import body_hash
from easel.settings import ProviderSettings
from easel.submission.hold import Hold
from easel.submission.intake import Intake
from easel.submission.request import JobRequest

LAUNCH_AGAIN = 5 * SECOND  # when StartExecution kept failing, the reconciler tries from here on


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

    hold: Hold
    store: Store
    limits: Limits
    budget: Budget
    assets: Bucket
    workflow: StateMachine
    clock: Clock
    clocks: Clocks
    policy: Policy
    providers: Mapping[str, ProviderSettings]
    signals: Signals
    secret: Callable[[], bytes]
    moderate: Moderate | None = None

    def __call__(self, ask: JobRequest, *, caller: Caller, key: str | None) -> Started:
        """Hold the credits and start the job, or answer what an earlier call with this key started.

        Raises CallerError: whatever the kind, nothing is held unless its detail says so.
        """
        if key and caller.anonymous:
            raise InvalidRequest(
                "An Idempotency-Key belongs to an owner; sign in, or leave it out.",
                errors=[("Idempotency-Key", "not allowed without credentials")],
            )
        now = self.clock.now()
        job_id = ids.keyed(self.secret(), caller.owner, key) if key else ids.fresh(now)
        if key and (found := self.store.find(job_id)):
            return self._replay(found, ask)
        self.limits.admit(caller)
        plan = planning.plan(ask, catalog=planning.load(), providers=self.providers, policy=self.policy, now=now)
        self._room(plan, now)
        moderate = self.moderate
        check = moderate(plan.effective_prompt, caller=caller, previews=plan.previews) if moderate else None
        request = self._keep(job_id, ask, plan, caller.owner)
        job_token = ids.job_token() if caller.anonymous else None
        job = self._new_job(job_id, ask, plan, caller=caller, keyed=bool(key), job_token=job_token, now=now)
        job = job.model_copy(update={"checks": (check,) if check else ()})
        held = self.hold(job, request, caller, until=now + self.clocks.contention * SECOND)
        if isinstance(held, JobWithRequest):
            return self._replay(held, ask)
        return Started(self._launch(held), request, replayed=False, available=held.held_available, job_token=job_token)

    def _room(self, plan: Plan, now: int) -> None:
        """Refuse at once what no provider on the route takes in time."""
        earliest = self.signals.earliest(plan.route, plan.n)
        latest = now + (self.clocks.deadline - self.clocks.finish - self.clocks.call_min) * SECOND
        if earliest > latest:
            raise Busy(
                "Every provider has more images ordered than it takes before this job's deadline. Nothing was held.",
                retry_after_seconds=-(-(earliest - latest) // SECOND),
            )

    def _keep(self, job_id: str, ask: JobRequest, plan: Plan, owner: str) -> Request:
        kept = Intake(self.assets, job_id, owner, self.secret).take(ask)
        return Request(
            prompt=ask.prompt,
            effective_prompt=plan.effective_prompt,
            references=tuple(kept.references),
            mask=kept.mask,
            markup=kept.markup,
            fetches=kept.fetches,
            uploads=tuple(kept.uploads),
            metadata=ask.metadata,
        )

    def _new_job(
        self, job_id: str, ask: JobRequest, plan: Plan, *, caller: Caller, keyed: bool, job_token: str | None, now: int
    ) -> Job:
        worst = plan.route[0].worst_micros_per_image * plan.n
        shard = self.budget.pick(self.clock.jitter())
        return Job(
            id=job_id,
            owner=caller.owner,
            payer=caller.owner,
            viewer_hash=ids.token_hash(job_token) if job_token else None,
            start_token=str(uuid.uuid4()),
            keyed=keyed,
            body_hash=body_hash(ask),
            mode=plan.mode,
            model_id=plan.model_id,
            requested_model_id=plan.requested_model_id,
            feature_id=plan.feature_id,
            n=plan.n,
            width=plan.width,
            height=plan.height,
            quality=plan.quality,
            output_format=plan.output_format,
            output_compression=plan.output_compression,
            background=plan.background,
            previews=plan.previews,
            references=len(ask.references) + int(ask.mask is not None) + int(ask.markup is not None),
            route=plan.route,
            warnings=plan.warnings,
            held=plan.quote,
            allowances=self.limits.allowances(caller, plan.quote, now),
            reservations=(Reservation(day=day_of(now), shard=shard, micros=worst),),
            created_at=now,
            deadline_at=now + self.clocks.deadline * SECOND,
            wake_by=now + self.clocks.queued * SECOND,
        )

    def _replay(self, found: JobWithRequest, ask: JobRequest) -> Started:
        job = found.job
        if job.erased or found.request is None:
            raise JobErased("The job this Idempotency-Key started was erased.", jobId=job.id)
        if job.body_hash != body_hash(ask):
            raise IdempotencyKeyReused(
                "This Idempotency-Key came before with another body; use a new key for a new request.", jobId=job.id
            )
        if job.status is Status.QUEUED and not job.accepted:
            job = self._launch(job)
        return Started(job, found.request, replayed=True, available=job.held_available)

    def _launch(self, job: Job) -> Job:
        """Start the execution and note that the job's caller gets an answer: from here on it is worth finishing.

        An execution that exists wakes nobody before the deadline; one that would not start is the reconciler's.
        """
        started = self.workflow.start(job.id)
        later = job.deadline_at + self.clocks.grace * SECOND if started else self.clock.now() + LAUNCH_AGAIN
        for _ in range(3):
            if job.status is not Status.QUEUED or job.accepted:
                break
            try:
                return self.store.save(job, job.moved(accepted=True, wake_by=later))
            except VersionConflict:
                job = self.store.get(job.id) or job
            except Contended:
                if not started:
                    raise Busy(
                        "The job could not be started; credits it holds come back by themselves.", retry_after_seconds=5
                    ) from None
                break
        return job
