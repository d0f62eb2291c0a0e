"""The next attempt of a job, chosen and written before any provider is called, or why there is none now.

In this order: references are prepared, the request is moderated, a worker's seat is taken, a provider is chosen, its
adapter and key are loaded, the attempt is written. What fails before the last costs nothing: no dollars are booked for
what was never sent.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from easel.aws.bucket import Bucket
from easel.catalog.plan import Step
from easel.clock import SECOND, Clock
from easel.errors import ImageRejected
from easel.execution.calls import Loaded
from easel.execution.dispatch import Booked, Dispatch
from easel.execution.moderation import Inspect
from easel.execution.next_provider import Exhausted, Pause
from easel.execution.orders import Pictures, read_pictures
from easel.execution.time_limits import call_seconds, lease_until
from easel.execution.write_attempt import WriteAttempt
from easel.jobs.attempts import Attempt
from easel.jobs.model import Failure, Job
from easel.jobs.request import Request
from easel.jobs.store import JobWithRequest, Store
from easel.jobs.task_result import TaskResult, wait_until
from easel.limits.worker_seats import Seat
from easel.policy import Clocks

# A job that found no seat looks again after so many seconds, and up to so many more.
SEAT_SECONDS_MIN, SEAT_SECONDS_MORE = 5, 10

Begun = tuple[JobWithRequest, Attempt]


@dataclass
class Invocation:
    """One run of the function: its seat, the crashes before it, and what it has read for its call, once."""

    seat: Seat
    crashes: int
    load: Callable[[Job, Step], Loaded]
    pictures: Pictures | None = None
    _loaded: dict[Step, Loaded] = field(default_factory=dict)

    def loaded(self, job: Job, step: Step) -> Loaded:
        """What a call of this step needs. Raises what `load` raises."""
        if step not in self._loaded:
            self._loaded[step] = self.load(job, step)
        return self._loaded[step]


@dataclass(frozen=True)
class BeginAttempt:
    """Begins the next attempt of a job that has none open."""

    store: Store
    assets: Bucket
    dispatch: Dispatch
    write: WriteAttempt
    clock: Clock
    clocks: Clocks
    inspect: Inspect | None = None

    def __call__(self, job: Job, request: Request, *, run: Invocation, now: int) -> TaskResult | Begun:
        """The job with its new attempt, which is now to be made, or what the workflow does instead.

        Raises VersionConflict where somebody else moved what was read: look again.
        """
        if job.cancel_requested or job.erased or job.failure:
            return TaskResult("ended")
        if job.references and not job.prepared:
            return TaskResult("prepare")
        if self.inspect and self.inspect.due(job):
            job = self.store.save(job, self._inspected(self.inspect, job, request, run))
            if job.failure:
                return TaskResult("ended")
            now = self.clock.now()
        # Before a provider's pace is asked for a time, since that time is kept.
        if not run.seat.take(until=lease_until(job, now, self.clocks)):
            soon = now + round((SEAT_SECONDS_MIN + SEAT_SECONDS_MORE * self.clock.jitter()) * SECOND)
            return self.wait_or_fail(job, soon, now=now, why="No worker was free")
        return self._begin_next(job, request, run, now)

    def wait_or_fail(self, job: Job, until: int, *, now: int, why: str = "Every provider is busy") -> TaskResult:
        """Wait until a time (ms); a job that has no time left after it is written down as failed.

        Raises VersionConflict.
        """
        if until >= job.deadline_at - (self.clocks.finish + self.clocks.call_min) * SECOND:
            return self._fail(job, "providers_unavailable", f"{why} until past the job's deadline.")
        return wait_until(until, now=now, clocks=self.clocks)

    def _inspected(self, inspect: Inspect, job: Job, request: Request, run: Invocation) -> Job:
        try:
            return inspect.before(job, request, self._read(job, request, run).each())
        except ImageRejected as rejection:
            return job.moved(failure=Failure(code="invalid_reference", message=str(rejection)))

    def _read(self, job: Job, request: Request, run: Invocation) -> Pictures:
        run.pictures = run.pictures or read_pictures(self.assets, job, request)
        return run.pictures

    def _begin_next(self, job: Job, request: Request, run: Invocation, now: int) -> TaskResult | Begun:
        decided = self.dispatch.decide(job, now)
        if isinstance(decided, Exhausted):
            return TaskResult("ended")
        if isinstance(decided, Pause):
            return self.wait_or_fail(job, decided.until, now=now)
        if isinstance(decided, Booked):
            job = self.store.save(job, job.moved(booking=decided.booking))
            return self.wait_or_fail(job, decided.booking.at, now=now)
        if call_seconds(job, now, self.clocks) < self.clocks.call_min:
            return self._fail(job, "deadline_exceeded", "No image was ready before the job's deadline.")
        try:  # before the attempt is written: what cannot be sent must not count as a call
            self._read(job, request, run)
        except ImageRejected as rejection:
            return self._fail(job, "invalid_reference", str(rejection))
        run.loaded(job, decided.ask.step)  # a key or an adapter that cannot be had costs nothing before the attempt
        begun = self.write(job, decided, crashes=run.crashes, worker=run.seat.worker, now=now)
        if begun is None:
            return self._fail(job, "providers_unavailable", "Another try would pass today's spending cap.")
        return JobWithRequest(begun, request), begun.attempts[-1]

    def _fail(self, job: Job, code: str, message: str) -> TaskResult:
        self.store.save(job, job.moved(failure=Failure(code=code, message=message)))
        return TaskResult("ended")
