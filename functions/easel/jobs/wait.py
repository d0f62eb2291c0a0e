"""Wait for a change of a job or for its end, where there is a seat: many who wait would take functions from others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from easel.clock import SECOND, Clock
from easel.errors import CallerError
from easel.identity.callers import Caller
from easel.jobs.model import Job
from easel.jobs.read import JobReader, Seen
from easel.jobs.store import JobWithRequest, Page, Store
from easel.limits.seats import Seats

T = TypeVar("T")


@dataclass(frozen=True)
class Intervals:
    """Between two looks of one who waits, in seconds: the first, what each grows by, and the longest."""

    first: float
    growth: float
    longest: float


NEWS = Intervals(first=0.25, growth=1.5, longest=1.5)
END = Intervals(first=0.15, growth=1.25, longest=1.0)
ONE_OF_MANY = Intervals(first=0.5, growth=1.5, longest=3.0)  # each of the many is read at every look


def look_again(
    found: T, look: Callable[[T], T], enough: Callable[[T], bool], *, intervals: Intervals, clock: Clock, until: int
) -> T:
    """What is found by looking until it is enough, at the latest at `until` (ms); `look` is given what was seen last.

    Raises what looking raises.
    """
    pause = intervals.first
    while clock.now() + pause * SECOND < until:
        clock.sleep(pause)
        pause = min(pause * intervals.growth, intervals.longest)
        found = look(found)
        if enough(found):
            break
    return found


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
        def look(seen: Job) -> Job:
            return self.store.get(seen.id) or seen

        return look_again(job, look, lambda seen: seen.final, intervals=END, clock=self.clock, until=until)


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
        def look(before: JobWithRequest) -> JobWithRequest:
            return self.status.read(before.job.id, caller=caller)

        return look_again(
            found, look, lambda now: self._is_news(now, seen), intervals=NEWS, clock=self.clock, until=until
        )

    def _is_news(self, found: JobWithRequest, seen: Seen) -> bool:
        return found.job.final or self.status.seen(found.job) != seen


@dataclass(frozen=True)
class WatchPage:
    """Answers once a page of jobs has news or time is over; at once where no seat is free."""

    waiting: Seats
    clock: Clock

    def __call__(self, page: Page, look: Callable[[], Page], *, is_news: Callable[[Page], bool], until: int) -> Page:
        """The page once it is news, at the latest at `until` (ms), or as it is where too many wait already.

        Raises what looking raises.
        """
        if is_news(page):
            return page
        with self.waiting.seat() as seated:
            if not seated:
                return page
            return look_again(page, lambda _: look(), is_news, intervals=NEWS, clock=self.clock, until=until)


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
        def one_ended(_: bool) -> bool:
            read = map(self.status.store.get, job_ids)
            return any(job is None or job.final for job in read)

        look_again(False, one_ended, bool, intervals=ONE_OF_MANY, clock=self.clock, until=until)
        return [self._read(job_id, caller) for job_id in job_ids]

    def _read(self, job_id: str, caller: Caller) -> JobWithRequest | CallerError:
        try:
            return self.status.read(job_id, caller=caller)
        except CallerError as error:
            return error

    @staticmethod
    def _all_run(found: Sequence[JobWithRequest | CallerError]) -> bool:
        return all(not isinstance(each, CallerError) and not each.job.final for each in found)
