"""Time, as the rules and use cases see it: whole milliseconds since 1970 UTC, and a way to wait.

Handed in rather than imported, so that a test can own it. Jitter comes from the system's entropy: a SnapStart
snapshot would give every restored copy the same `random` state.
"""

import secrets
import time
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

Millis: TypeAlias = int  # a time in milliseconds since 1970-01-01T00:00Z, or so long a span

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """What the rest of Easel may ask of time."""

    def now(self) -> Millis:
        """Milliseconds since 1970-01-01T00:00Z."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def jitter(self) -> float:
        """A number in [0, 1) that nobody can predict."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> Millis:
        """Milliseconds since 1970-01-01T00:00Z."""
        return time.time_ns() // 1_000_000

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def jitter(self) -> float:
        """A number in [0, 1) from the system's entropy."""
        return secrets.SystemRandom().random()


def day_of(now: Millis) -> str:
    """The UTC day of a time in ms, as YYYY-MM-DD."""
    return datetime.fromtimestamp(now / SECOND, UTC).date().isoformat()


def month_of(now: Millis) -> str:
    """The UTC month of a time in ms, as YYYY-MM."""
    return day_of(now)[:7]


def next_month(now: Millis) -> Millis:
    """The first moment (ms) of the UTC month after a time."""
    moment = datetime.fromtimestamp(now / SECOND, UTC)
    year, month = divmod(moment.year * 12 + moment.month, 12)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp()) * SECOND


def next_midnight(now: Millis) -> Millis:
    """The first moment of the UTC day after a time."""
    return now - now % DAY + DAY


def seconds_up(span: Millis) -> int:
    """A span of time in whole seconds, rounded up: who waits so long has waited long enough."""
    return -(-span // SECOND)


def seconds_until_midnight(now: Millis) -> int:
    """Whole seconds, rounded up, until the next UTC day begins."""
    return seconds_up(next_midnight(now) - now)
