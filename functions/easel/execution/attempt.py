"""One attempt of a job: write it down, call a provider, store what came, and say what is next.

Rules 3 to 8 of the protocol (ARCHITECTURE.md). The attempt is written on the job before the call (`begin`) and closed
after it (`open_attempts`); outcomes are data, so the workflow never has to guess from an exception whether money was
spent.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from easel.clock import Clock
from easel.execution.begin import BeginAttempt, Begun, Invocation
from easel.execution.calls import ProviderCalls
from easel.execution.next_provider import AskProvider, Pause, next_provider
from easel.execution.open_attempts import OpenAttempts
from easel.execution.orders import Pictures
from easel.execution.time_limits import call_seconds, task_until
from easel.jobs.attempts import Attempt
from easel.jobs.model import Job
from easel.jobs.request import Request
from easel.jobs.store import JobWithRequest, Store, VersionConflict, until_saved
from easel.jobs.task_result import TaskResult, wait_until
from easel.limits.worker_seats import WorkerSeats
from easel.policy import Clocks


@dataclass(frozen=True)
class RunAttempt:
    """Runs one attempt of a job; does nothing where another worker holds the lease."""

    store: Store
    seats: WorkerSeats
    open_attempts: OpenAttempts
    begin: BeginAttempt
    calls: ProviderCalls
    clock: Clock
    clocks: Clocks
    new_worker: Callable[[], str] = lambda: str(uuid.uuid4())

    def __call__(self, job_id: str, *, crashes: int, dead: int) -> TaskResult:
        """What the workflow does next, after one attempt, or where none is to be made.

        `crashes` is the workflow's count of crashes so far; `dead` the count under which Lambda itself reported a
        worker dead, -1 for none.
        """
        worker = self.new_worker()
        with self.seats.of(worker) as seat:
            run = Invocation(seat, crashes, self.calls.load)
            try:
                begun = until_saved(lambda: self._find_or_begin(job_id, dead=dead, run=run))
            except VersionConflict:
                return TaskResult("wait", self.clocks.wait_min)
            if isinstance(begun, TaskResult):
                return begun
            found, attempt = begun
            job = self._make(found, attempt, run)
        if job is None:
            return TaskResult("wait", self.clocks.wait_min)
        written = job.attempts[attempt.number - 1]
        return self._pending(job, written) if written.open and not job.final else self._next(job)

    def _find_or_begin(self, job_id: str, *, dead: int, run: Invocation) -> TaskResult | Begun:
        """An attempt written on the job and still to be made, or the answer where it is not our turn."""
        found = self.store.find(job_id)
        if not found or found.job.final:
            return TaskResult("ended")
        now = self.clock.now()
        job = self.open_attempts.record_what_is_known(found.job, dead=dead, worker=run.seat.worker, now=now)
        if not found.request:  # erased; settling may begin at once where the worker is known to be dead
            return TaskResult("ended")
        if not job.missing:
            return TaskResult("stored")
        if job.last and job.last.open:
            return self._continue(job, job.last, found.request, worker=run.seat.worker, now=now)
        return self.begin(job, found.request, run=run, now=now)

    def _continue(self, job: Job, attempt: Attempt, request: Request, *, worker: str, now: int) -> TaskResult | Begun:
        """An open attempt, where this worker may go on with it."""
        if attempt.tickets:
            return JobWithRequest(self.open_attempts.renew_lease(job, attempt, now), request), attempt
        if attempt.worker == worker:  # it is ours, and only a reply was lost
            return JobWithRequest(job, request), attempt
        return wait_until(attempt.lease_until, now=now, clocks=self.clocks)

    def _make(self, found: JobWithRequest, attempt: Attempt, run: Invocation) -> Job | None:
        """Call the provider, store what came, record it: once per invocation, whatever happens.

        None where the row kept moving.
        """
        job = found.job
        seconds, step = call_seconds(job, self.clock.now(), self.clocks), job.step_of(attempt)
        if attempt.tickets:
            result = self.calls.look(found, attempt, step=step, seconds=seconds)
        else:
            # Both were had before the attempt was written.
            pictures, loaded = run.pictures or Pictures(), run.loaded(job, step)
            result = self.calls.make(found, attempt, pictures, loaded, step=step, seconds=seconds)
        return self.open_attempts.record_result(job, attempt, result)

    def _pending(self, job: Job, attempt: Attempt) -> TaskResult:
        """Nobody waits for a queue but the workflow."""
        soonest = min(ticket.look_at for ticket in attempt.tickets)
        until = min(soonest, task_until(job, attempt, self.clocks))
        return TaskResult("pending", wait_until(until, now=self.clock.now(), clocks=self.clocks).seconds)

    def _next(self, job: Job) -> TaskResult:
        if job.final or job.cancel_requested:
            return TaskResult("ended")
        if not job.missing:
            return TaskResult("stored")
        now = self.clock.now()
        decided = next_provider(job, now)
        if not isinstance(decided, Pause):
            return TaskResult("next" if isinstance(decided, AskProvider) else "ended")
        try:
            return self.begin.wait_or_fail(job, decided.until, now=now)
        except VersionConflict:
            return TaskResult("next")
