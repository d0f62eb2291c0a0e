"""Wait for a change of a job or for its end, where there is a seat: many who wait would take functions from others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from easel.clock import SECOND, Clock
from easel.errors import CallerError
from easel.identity.callers import Caller
from easel.jobs.model import Job
from easel.jobs.read import JobReader, Seen
from easel.jobs.store import JobWithRequest, Page, Store
from easel.limits.seats import Seats

POLL_FIRST = 0.25  # seconds between looks, growing by half to POLL_MAX
POLL_MAX = 1.5
END_POLL_FIRST = 0.15  # the same for who waits for the end: growing by a quarter
END_POLL_MAX = 1.0
MANY_POLL_FIRST = 0.5  # the same for who waits for one of many, each of which is read at every look
MANY_POLL_MAX = 3.0


@dataclass(frozen=True)
class Waited:
    """A job after somebody waited for it; without a seat nobody did."""

    job: Job
    seated: bool


@dataclass(frozen=True)
class WaitForEnd:
    """Answers once a job is final or time is over; at once where no seat is free."""

    store: Store
    waiting: Seats
    clock: Clock

    def __call__(self, job: Job, *, until: int) -> Waited:
        """The job once it is final, or as it is at `until` (ms), or as it was where too many wait already."""
        if job.final:
            return Waited(job, seated=True)
        with self.waiting.seat() as seated:
            return Waited(self._watched(job, until) if seated else job, seated)

    def _watched(self, job: Job, until: int) -> Job:
        pause = END_POLL_FIRST
        while not job.final and self.clock.now() + pause * SECOND < until:
            self.clock.sleep(pause)
            pause = min(pause * 1.25, END_POLL_MAX)
            job = self.store.get(job.id) or job
        return job


@dataclass(frozen=True)
class Watch:
    """Answers once a job has news or time is over; at once where no seat is free."""

    status: JobReader
    waiting: Seats
    clock: Clock

    def __call__(self, job_id: str, *, caller: Caller, seen: Seen | None, until: int) -> JobWithRequest:
        """The job once it is final or no longer as `seen` (None: as it is now), at the latest at `until` (ms).

        At once where too many wait already. Raises what reading it raises.
        """
        found = self.status.read(job_id, caller=caller)
        if seen is None:
            seen = self.status.seen(found.job)
        if self._is_news(found, seen):
            return found
        with self.waiting.seat() as seated:
            return self._wait_for_news(found, seen, caller, until) if seated else found

    def _wait_for_news(self, found: JobWithRequest, seen: Seen, caller: Caller, until: int) -> JobWithRequest:
        pause = POLL_FIRST
        while self.clock.now() + pause * SECOND < until:
            self.clock.sleep(pause)
            pause = min(pause * 1.5, POLL_MAX)
            found = self.status.read(found.job.id, caller=caller)
            if self._is_news(found, seen):
                break
        return found

    def _is_news(self, found: JobWithRequest, seen: Seen) -> bool:
        return found.job.final or self.status.seen(found.job) != seen


@dataclass(frozen=True)
class WatchPage:
    """Answers once a page of jobs has news or time is over; at once where no seat is free."""

    waiting: Seats
    clock: Clock

    def __call__(self, look: Callable[[], Page], *, is_news: Callable[[Page], bool], until: int) -> Page:
        """The page once it is news, at the latest at `until` (ms), or as it is where too many wait already.

        Raises what looking raises.
        """
        page = look()
        if is_news(page):
            return page
        with self.waiting.seat() as seated:
            pause = POLL_FIRST
            while seated and self.clock.now() + pause * SECOND < until:
                self.clock.sleep(pause)
                pause = min(pause * 1.5, POLL_MAX)
                page = look()
                if is_news(page):
                    break
        return page


@dataclass(frozen=True)
class WatchMany:
    """Answers once one of several jobs has ended or time is over; at once where no seat is free."""

    status: JobReader
    waiting: Seats
    clock: Clock

    def __call__(self, job_ids: Sequence[str], *, caller: Caller, until: int) -> list[JobWithRequest | CallerError]:
        """Each job, in their order, or why it cannot be read; at the latest at `until` (ms).

        At once where one has ended already, or none is there to wait for.
        """
        found = [self._read(job_id, caller) for job_id in job_ids]
        if self.clock.now() >= until or not self._all_run(found):
            return found
        with self.waiting.seat() as seated:
            return self._wait_for_an_end(job_ids, caller, until) if seated else found

    def _wait_for_an_end(
        self, job_ids: Sequence[str], caller: Caller, until: int
    ) -> list[JobWithRequest | CallerError]:
        pause, store = MANY_POLL_FIRST, self.status.store
        while self.clock.now() + pause * SECOND < until:
            self.clock.sleep(pause)
            pause = min(pause * 1.5, MANY_POLL_MAX)
            if any((job := store.get(job_id)) is None or job.final for job_id in job_ids):
                break
        return [self._read(job_id, caller) for job_id in job_ids]

    def _read(self, job_id: str, caller: Caller) -> JobWithRequest | CallerError:
        try:
            return self.status.read(job_id, caller=caller)
        except CallerError as error:
            return error

    @staticmethod
    def _all_run(found: Sequence[JobWithRequest | CallerError]) -> bool:
        return all(not isinstance(each, CallerError) and not each.job.final for each in found)
