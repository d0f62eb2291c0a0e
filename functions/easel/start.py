"""Start a job: one transaction that puts it, holds its credits and reserves its cost, then one execution.

Rules 1 and 2 of the protocol (ARCHITECTURE.md): nothing is called before it is paid for, and the job's id is the
idempotency. Refusals are decided in this order: the job exists (a replay), the balance moved (plan again), credits,
jobs in flight, the day's budget.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from easel import catalog, credits, gifts, ids
from easel.assets import Assets
from easel.budget import Budget
from easel.callers import Caller
from easel.clock import SECOND, Clock, day_of
from easel.credits import Balance, Movement
from easel.database import ConditionFailed, Contended, Database, Write
from easel.errors import (
    Busy,
    IdempotencyKeyReused,
    InsufficientCredits,
    InvalidRequest,
    JobErased,
)
from easel.intake import Intake
from easel.jobs import Job, Request, Reservation, Status
from easel.ledger import Ledger, balance_of
from easel.limits import Limits
from easel.moderate import Moderate
from easel.plans import Plan
from easel.pools import Pool
from easel.requests import JobRequest, body_hash
from easel.settings import Clocks, Policy, ProviderSettings
from easel.signals import Signals
from easel.store import Found, Moved, Store
from easel.workflow import Workflow

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

    store: Store
    ledger: Ledger
    limits: Limits
    budget: Budget
    assets: Assets
    workflow: Workflow
    database: Database
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
        plan = catalog.plan(ask, catalog=catalog.load(), providers=self.providers, policy=self.policy, now=now)
        self._room(plan, now)
        moderate = self.moderate
        check = moderate(plan.effective_prompt, caller=caller, previews=plan.previews) if moderate else None
        request = self._keep(job_id, ask, plan, caller.owner)
        job_token = ids.job_token() if caller.anonymous else None
        job = self._new_job(job_id, ask, plan, caller=caller, keyed=bool(key), job_token=job_token, now=now)
        job = job.model_copy(update={"checks": (check,) if check else ()})
        held = self._hold(job, request, caller, until=now + self.clocks.contention * SECOND)
        if isinstance(held, Found):
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
            payer=caller.payer,
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

    def _hold(self, job: Job, request: Request, caller: Caller, *, until: int) -> Job | Found:
        """Commit the job with its hold; a Found is the job that was there before."""
        balance, placed, paid_only = self.ledger.balance(job.payer), job.reservations[0], False
        while True:
            movement = self._plan_hold(job, balance, paid_only=paid_only)
            placed = placed.model_copy(update={"pool": _pool(caller, movement)})
            facts = {"draws": movement.draws, "held_available": movement.after.available, "reservations": (placed,)}
            planned = job.model_copy(update=facts)
            writes: tuple[Write, ...] = (
                *self.store.create(planned, request),
                *self.ledger.writes(movement),
                *self.limits.take(caller, job.allowances, job.created_at),
                self.budget.reserve(placed),
            )
            try:
                heard = self.database.commit(writes, token=str(uuid.uuid4()), until=until)
            except ConditionFailed as failure:
                if "job" in failure.found or self.clock.now() >= until:
                    return self._proved(planned)
                moved = self._after_refusal(failure, job, balance)
                if moved is balance:  # no other reason than the limits'
                    used_up, placed = self._after_limits(failure, caller, placed, until=until)
                    paid_only = paid_only or used_up
                balance = moved
            except Contended:
                return self._proved(planned)
            else:
                if heard:
                    return planned
                if self.store.find(job.id) or self.clock.now() >= until:
                    return self._proved(planned)
                balance = self.ledger.balance(job.payer)

    def _plan_hold(self, job: Job, balance: Balance, *, paid_only: bool) -> Movement:
        now = self.clock.now()
        base = gifts.due(balance, self.policy, now=now)
        try:
            return credits.hold(
                base,
                job.held,
                job_id=job.id,
                now=now,
                in_flight_max=self.policy.jobs_in_flight,
                buy_url=self.policy.buy_url,
                paid_only=paid_only,
            )
        except InsufficientCredits as lacking:
            if paid_only:
                raise self.limits.cap_reached(now, of="credits that were given away") from lacking
            if job.payer == gifts.ANONYMOUS:
                raise self.limits.ration_used_up(now) from lacking
            raise

    def _after_refusal(self, failure: ConditionFailed, job: Job, balance: Balance) -> Balance:
        if "balance" in failure.found:
            return balance_of(job.payer, failure.found["balance"])
        if any(name.startswith("entry") for name in failure.found):
            return self.ledger.balance(job.payer)
        return balance

    def _after_limits(
        self, failure: ConditionFailed, caller: Caller, refused: Reservation, *, until: int
    ) -> tuple[bool, Reservation]:
        """Whether the free pool is used up, so that paid credits alone can be spent, and where to try again.

        Raises DailyLimitReached, SpendingPaused, and Busy when time is up.
        """
        now = self.clock.now()
        if refusal := self.limits.daily_refusal(failure.found, caller, now):
            raise refusal
        busy = Busy("The day's budget is being asked for by many at once. Nothing was held; try again.")
        if now > until:
            raise busy
        try:
            placed = self.budget.with_room(refused, now)
        except Contended as contended:
            raise busy from contended
        if placed is None and (refused.pool == "main" or caller.anonymous):
            raise self.limits.cap_reached(now)
        return placed is None, placed or refused

    def _proved(self, planned: Job) -> Job | Found:
        """What a read shows: our own job (only the reply was lost), another's, or nothing, and only then Busy."""
        found = self.store.find(planned.id)
        if not found:
            raise Busy("Too many requests of this account at once. Nothing was held; try again.", retry_after_seconds=2)
        return found.job if found.job.start_token == planned.start_token else found

    def _replay(self, found: Found, ask: JobRequest) -> Started:
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
            except Moved:
                job = self.store.get(job.id) or job
            except Contended:
                if not started:
                    raise Busy(
                        "The job could not be started; credits it holds come back by themselves.", retry_after_seconds=5
                    ) from None
                break
        return job


def _pool(caller: Caller, movement: Movement) -> Pool:
    """Whether a hold brings the operator money, or spends what was given away: the latter has a cap of its own."""
    given = caller.anonymous or any(draw.kind != "paid" for draw in movement.draws)
    return "free" if given else "main"
