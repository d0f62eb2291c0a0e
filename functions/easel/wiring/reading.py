"""Looking at jobs, and waiting for them to change."""

from easel.jobs.read import JobReader
from easel.jobs.wait import WaitForEnd, Watch, WatchMany, WatchPage
from easel.limits.seats import Seats
from easel.wiring.parts import Parts


def reader(parts: Parts) -> JobReader:
    """Jobs, lists, links and previews for those who may see them."""
    return JobReader(store=parts.store, assets=parts.assets, clock=parts.clock)


def seats(parts: Parts, number: int, name: str = "waiting") -> Seats:
    """So many requests may wait at once in all functions together."""
    return Seats(parts.database, parts.limits_table, parts.clock, seats=number, seconds=parts.clocks.door, name=name)


def wait_for_end(parts: Parts, *, seats_for_waiting: int) -> WaitForEnd:
    """Waiting for a job's end, in one of so many seats."""
    return WaitForEnd(store=parts.store, waiting=seats(parts, seats_for_waiting), clock=parts.clock)


def watch(parts: Parts, reader: JobReader, *, seats_for_watching: int) -> Watch:
    """Long polls, which wait in seats of their own."""
    return Watch(status=reader, waiting=seats(parts, seats_for_watching, "watching"), clock=parts.clock)


def watch_page(parts: Parts, *, seats_for_watching: int) -> WatchPage:
    """Long polls of lists, in the same seats as those of one job."""
    return WatchPage(waiting=seats(parts, seats_for_watching, "watching"), clock=parts.clock)


def watch_many(watch: Watch) -> WatchMany:
    """The same for lists of jobs, in the same seats."""
    return WatchMany(status=watch.status, waiting=watch.waiting, clock=watch.clock)
