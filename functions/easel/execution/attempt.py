"""One turn of one provider: write it down, call, store what came, and say what is next.

Rules 3 to 8 of the protocol (ARCHITECTURE.md). The attempt is written on the job before the call and closed after
it; outcomes are data, so the workflow never has to guess from an exception whether money was spent.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from easel.aws.bucket import Bucket
from easel.aws.dynamodb import ConditionFailed, Database
from easel.aws.metrics import Metrics
from easel.clock import SECOND, Clock, day_of
from easel.execution.call_results import Result
from easel.execution.calls import ProviderCalls
from easel.execution.dispatch import Booked, Dispatch, Sent
from easel.execution.moderation import Inspect
from easel.execution.next_provider import AskProvider, Exhausted, Pause, next_provider
from easel.execution.orders import references
from easel.jobs.attempts import Attempt
from easel.jobs.evidence import Evidence, with_evidence, write_evidence
from easel.jobs.model import Failure, Job, Status
from easel.jobs.store import JobWithRequest, Store, VersionConflict, until_saved
from easel.jobs.task_result import TaskResult, wait_until
from easel.limits.budget import Budget
from easel.limits.budget_shards import Reservation
from easel.limits.worker_seats import Seat, WorkerSeats
from easel.policy import Clocks
from easel.providers.protocol import Outcome

SEAT_SECONDS_MIN, SEAT_SECONDS_MORE = (
    5,
    10,
)  # a job that found no seat looks again after so long, and up to so much more

Begun = tuple[JobWithRequest, Attempt]


@dataclass(frozen=True)
class RunAttempt:
    """Runs one attempt of a job; does nothing where another worker holds the lease."""

    store: Store
    assets: Bucket
    budget: Budget
    database: Database
    studio: ProviderCalls
    dispatch: Dispatch
    clock: Clock
    clocks: Clocks
    meter: Metrics
    seats: WorkerSeats
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("easel"))
    inspect: Inspect | None = None
    new_worker: Callable[[], str] = lambda: str(uuid.uuid4())

    def __call__(self, job_id: str, *, crashes: int, dead: int) -> TaskResult:
        """Take the job's next turn.

        `crashes` is the workflow's count of crashes so far; `dead` the count under which Lambda itself reported a
        worker dead, -1 for none.
        """
        worker = self.new_worker()
        with self.seats.of(worker) as seat:
            begun = self._begun(job_id, crashes=crashes, dead=dead, seat=seat)
            if isinstance(begun, TaskResult):
                return begun
            found, attempt = begun
            job = self._make(found, attempt)
        if job is None:
            return TaskResult("wait", self.clocks.wait_min)
        written = job.attempts[attempt.number - 1]
        return self._pending(job, written) if written.open and not job.final else self._after(job)

    def _begun(self, job_id: str, *, crashes: int, dead: int, seat: Seat) -> TaskResult | Begun:
        """An attempt written on the job and still to be made, or the answer where it is not our turn."""
        try:
            return until_saved(lambda: self._look(job_id, crashes=crashes, dead=dead, seat=seat))
        except VersionConflict:
            return TaskResult("wait", self.clocks.wait_min)

    def _look(self, job_id: str, *, crashes: int, dead: int, seat: Seat) -> TaskResult | Begun:
        found = self.store.find(job_id)
        if not found or found.job.final:
            return TaskResult("ended")
        now, worker = self.clock.now(), seat.worker
        job = self._record_what_is_known(found.job, dead=dead, worker=worker, now=now)
        if not found.request:  # erased; settling may begin at once where the worker is known to be dead
            return TaskResult("ended")
        last = job.last
        if not job.missing:
            return TaskResult("stored")
        if last and last.open:
            if last.tickets:
                return JobWithRequest(self._renew_lease(job, last, now), found.request), last
            if last.worker == worker:  # it is ours, and only a reply was lost
                return JobWithRequest(job, found.request), last
            return wait_until(last.lease_until, now=now, clocks=self.clocks)
        if job.cancel_requested or job.erased or job.failure:
            return TaskResult("ended")
        if job.references and not job.prepared:
            return TaskResult("prepare")
        if self.inspect and self.inspect.due(job):
            pictures = references(self.assets, job, found.request)
            job = self.store.save(job, self.inspect.before(job, found.request, pictures))
            if job.failure:
                return TaskResult("ended")
            now = self.clock.now()
        if not seat.take(
            until=self._lease_until(job, now)
        ):  # before a provider's pace is asked for a time: that is kept
            soon = now + round((SEAT_SECONDS_MIN + SEAT_SECONDS_MORE * self.clock.jitter()) * SECOND)
            return self._pause(job, soon, now=now, why="No worker was free")
        return self._next(JobWithRequest(job, found.request), crashes=crashes, worker=worker, now=now)

    def _record_what_is_known(self, job: Job, *, dead: int, worker: str, now: int) -> Job:
        """The job with what is now known of attempts that never reported: their evidence, or their death."""
        known = with_evidence(job, self.assets)
        last = known.last
        if last and last.open and last.worker != worker:
            if last.tickets:  # what a queue has taken on outlives a worker
                known = self._give_up_tickets(known, last, now) if self._waited_for_until(known, last) <= now else known
            elif last.turn == dead:
                known = self._record_abandoned(known, last, "its worker died", now)
            elif last.lease_until <= now:
                known = self._record_abandoned(known, last, "its worker did not report within its lease", now)
        if known is job:
            return job
        return self.store.save(job, known.model_copy(update={"version": job.version + 1}))

    def _record_abandoned(self, job: Job, attempt: Attempt, why: str, now: int) -> Job:
        self.meter.count("AttemptAbandoned", provider=attempt.provider)
        return job.closing(attempt.number, outcome=Outcome.ABANDONED, reason=why, ended_at=now)

    def _waited_for_until(self, job: Job, attempt: Attempt) -> int:
        """When (ms) nobody waits any longer for what a queue has taken on: it is the job's, not a worker's."""
        latest = job.deadline_at - self.clocks.finish * SECOND
        return min(attempt.started_at + self.clocks.ticket * SECOND, latest)

    def _renew_lease(self, job: Job, attempt: Attempt, now: int) -> Job:
        """The job with a lease for this look, so that nobody settles it while a worker fetches its images."""
        until = self._lease_until(job, now)
        renewed = job.closing(attempt.number, lease_until=until)
        return self.store.save(job, renewed.model_copy(update={"wake_by": until + self.clocks.grace * SECOND}))

    def _lease_until(self, job: Job, now: int) -> int:
        return min(now + self.clocks.lease * SECOND, job.deadline_at)

    def _give_up_tickets(self, job: Job, attempt: Attempt, now: int) -> Job:
        self.studio.abandon(attempt)
        outcome = Outcome.DELIVERED if attempt.images else Outcome.UNKNOWN
        why = "its queue did not deliver in time"
        self.dispatch.tell(job.step_of(attempt), outcome, retry_at=None, now=now)
        calls = attempt.given_up(now)
        return job.closing(attempt.number, outcome=outcome, reason=why, ended_at=now, calls=calls, tickets=())

    def _next(self, found: JobWithRequest, *, crashes: int, worker: str, now: int) -> TaskResult | Begun:
        job = found.job
        decided = self.dispatch.decide(job, now)
        if isinstance(decided, Exhausted):
            return TaskResult("ended")
        if isinstance(decided, Pause):
            return self._pause(job, decided.until, now=now)
        if isinstance(decided, Booked):
            return self._pause(self.store.save(job, job.moved(booking=decided.booking)), decided.booking.at, now=now)
        if self._call_seconds(job, now) < self.clocks.call_min:
            return self._fail(job, "deadline_exceeded", "No image was ready before the job's deadline.")
        begun = self._begin(job, decided, crashes=crashes, worker=worker, now=now)
        if begun is None:
            return self._fail(job, "providers_unavailable", "Another try would pass today's spending cap.")
        return JobWithRequest(begun, found.request), begun.attempts[-1]

    def _pause(self, job: Job, until: int, *, now: int, why: str = "Every provider is busy") -> TaskResult:
        if until >= job.deadline_at - (self.clocks.finish + self.clocks.call_min) * SECOND:
            return self._fail(job, "providers_unavailable", f"{why} until past the job's deadline.")
        return wait_until(until, now=now, clocks=self.clocks)

    def _call_seconds(self, job: Job, now: int) -> float:
        return min(self.clocks.call_max, (job.deadline_at - now) / SECOND - self.clocks.finish)

    def _fail(self, job: Job, code: str, message: str) -> TaskResult:
        self.store.save(job, job.moved(failure=Failure(code=code, message=message)))
        return TaskResult("ended")

    def _begin(self, job: Job, sent: Sent, *, crashes: int, worker: str, now: int) -> Job | None:
        """Write the attempt before the call, with what it may cost; None where the day's budget has no room."""
        step, slots = sent.ask.step, sent.ask.slots
        skipped = tuple(
            Attempt(
                number=number,
                provider=passed.provider,
                model=passed.model,
                slots=slots,
                started_at=now,
                lease_until=now,
                turn=crashes,
                worker=worker,
                outcome=Outcome.SKIPPED,
                reason=bar.why,
                ended_at=now,
            )
            for number, (passed, bar) in enumerate(sent.skipped, start=len(job.attempts) + 1)
        )
        attempt = Attempt(
            number=len(job.attempts) + len(skipped) + 1,
            provider=step.provider,
            model=step.model,
            slots=slots,
            started_at=now,
            lease_until=self._lease_until(job, now),
            turn=crashes,
            worker=worker,
        )
        begun = job.to(
            Status.RUNNING,
            attempts=(*job.attempts, *skipped, attempt),
            booking=None,
            started_at=job.started_at or now,
            wake_by=attempt.lease_until + self.clocks.grace * SECOND,
        )
        lacking = job.cost_micros() + step.worst_micros_per_image * len(slots) - job.reserved_micros
        if lacking <= 0:
            return self.store.save(job, begun)
        return self._begin_reserving(job, begun, lacking, now=now)

    def _begin_reserving(self, job: Job, begun: Job, micros: int, *, now: int) -> Job | None:
        first = job.reservations[0]
        wanted = Reservation(day=day_of(now), shard=first.shard, micros=micros, pool=first.pool)
        extra = self.budget.with_room(wanted, now)
        if extra is None:
            return None
        begun = begun.model_copy(update={"reservations": (*job.reservations, extra)})
        writes = (self.store.replace(job, begun), self.budget.reserve(extra))
        try:
            heard = self.database.commit(writes, token=str(uuid.uuid4()), until=now + self.clocks.contention * SECOND)
        except ConditionFailed as failure:
            raise VersionConflict(job.id) from failure  # the row or the shard: either way, look again
        if not heard:
            raise VersionConflict(job.id)  # the row tells whether it was written
        return begun

    def _make(self, found: JobWithRequest, attempt: Attempt) -> Job | None:
        """Call the provider, store what came, leave evidence, close the attempt: once per invocation, whatever happens.

        None where the row kept moving: the attempt stays open until its lease is over or its evidence is met.
        """
        job = found.job
        seconds, step = self._call_seconds(job, self.clock.now()), job.step_of(attempt)
        ask = self.studio.look if attempt.tickets else self.studio.make
        result = ask(found, attempt, step=step, seconds=seconds)
        if result.outcome and result.images:
            evidence = Evidence(
                job=job.id,
                attempt=attempt.number,
                provider=attempt.provider,
                model=attempt.model,
                images=result.images,
                calls=result.calls,
                at=self.clock.now(),
            )
            write_evidence(self.assets, evidence)
        if result.outcome:
            self.meter.count("Attempt", provider=attempt.provider, outcome=result.outcome)
            self.dispatch.tell(step, result.outcome, retry_at=result.retry_at, now=self.clock.now())
        if result.reason:  # for operators; callers are told one of our own sentences
            said = {"jobId": job.id, "attempt": attempt.number, "provider": attempt.provider, "reason": result.reason}
            self.log.warning("attempt_failed", extra={**said, "outcome": result.outcome})
        if result.wrong:
            self.meter.count("ProviderMisconfigured", provider=attempt.provider)
            wrong = {"provider": attempt.provider, "what": result.wrong.what, "remedy": result.wrong.remedy}
            self.log.error("provider_misconfigured", extra=wrong)
        return self._write(job, attempt, result)

    def _write(self, job: Job, attempt: Attempt, result: Result) -> Job | None:
        """Write down how the attempt stands, unless it is over or another look heard how it ended."""
        try:
            return self.store.change(job.id, lambda now: self._closed(now, attempt, result), known=job)
        except VersionConflict:
            return None

    def _closed(self, job: Job | None, attempt: Attempt, result: Result) -> Job:
        if job is None:
            raise VersionConflict("a job whose row is gone")
        if job.final or not (result.outcome or job.attempts[attempt.number - 1].open):
            return job
        written = job.closing(
            attempt.number,
            outcome=result.outcome,
            reason=result.reason,
            retry_at=result.retry_at,
            ended_at=self.clock.now() if result.outcome else None,
            images=result.images,
            calls=result.calls,
            tickets=result.tickets,
        )
        if result.outcome:
            written = written.model_copy(update={"wake_by": job.deadline_at + self.clocks.grace * SECOND})
        if result.failure and not job.failure:
            written = written.model_copy(update={"failure": result.failure})
        return written

    def _pending(self, job: Job, attempt: Attempt) -> TaskResult:
        """Nobody waits for a queue but the workflow."""
        soonest = min(ticket.look_at for ticket in attempt.tickets)
        until = min(soonest, self._waited_for_until(job, attempt))
        return TaskResult("pending", wait_until(until, now=self.clock.now(), clocks=self.clocks).seconds)

    def _after(self, job: Job) -> TaskResult:
        if job.final or job.cancel_requested:
            return TaskResult("ended")
        if not job.missing:
            return TaskResult("stored")
        now = self.clock.now()
        decided = next_provider(job, now)
        if not isinstance(decided, Pause):
            return TaskResult("next" if isinstance(decided, AskProvider) else "ended")
        try:
            return self._pause(job, decided.until, now=now)
        except VersionConflict:
            return TaskResult("next")
