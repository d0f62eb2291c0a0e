"""How much one provider's model can take now, as everybody knows it: images a minute, Retry-After, a breaker. Pure.

The pace is GCRA (generic cell rate algorithm, ITU-T I.371): each image moves a theoretical arrival time on, and a time
is handed out for the moment at which a request conforms. Burst and rate are chosen so that no minute, wherever it
begins, sees more than the provider allows.

The breaker opens after FAILURES_MAX failures in a row, or at once for a key or quota that does not hold; when its
recovery time is over one probe at a time is let through, and an answer closes it.
"""

from typing import Self

from easel.clock import MINUTE
from easel.providers.protocol import Outcome
from easel.records import Record

FAILURES_MAX = 2

FAILURES = frozenset({Outcome.UNAVAILABLE, Outcome.UNKNOWN})  # not a worker's death: that is ours
ANSWERS = frozenset({Outcome.DELIVERED, Outcome.REFUSED, Outcome.UNSUPPORTED})


class Pace(Record):
    """What a provider allows: images a minute, and how many of them may come at once."""

    images_per_minute: int
    burst: int | None = None

    @property
    def at_once(self) -> int:
        """The burst, half a minute's worth unless the operator says otherwise."""
        return min(self.images_per_minute, self.burst or max(1, self.images_per_minute // 2))

    @property
    def interval(self) -> int:
        """Milliseconds an image stands for, once the burst is used up."""
        return MINUTE // max(1, self.images_per_minute - self.at_once)


class Availability(Record):
    """The shared row of one provider's model; all times in ms."""

    provider: str
    model: str
    version: int = 0
    arrival: int = 0  # GCRA's theoretical arrival time
    failures: int = 0
    open_until: int = 0
    probe_until: int = 0
    busy_until: int = 0

    def barred_until(self, now: int) -> int:
        """Until when nobody may call, 0 where somebody may now."""
        probing = self.probe_until if self.failures >= FAILURES_MAX else 0
        until = max(self.open_until, self.busy_until, probing)
        return until if until > now else 0

    def half_open(self, now: int) -> bool:
        """Whether the next call is a probe."""
        return self.failures >= FAILURES_MAX and self.open_until <= now

    def opening_at(self, pace: Pace | None, images: int, now: int) -> int:
        """When so many images could be asked for: now, or later."""
        if pace is None:
            return now
        ahead = max(self.arrival, now) + min(images, pace.at_once) * pace.interval
        return max(now, ahead - pace.at_once * pace.interval)

    def taken(self, pace: Pace, images: int, now: int) -> Self:
        """After so many images were given their time."""
        return self._moved(arrival=max(self.arrival, now) + images * pace.interval)

    def probed(self, now: int, *, recovery: int) -> Self:
        """While one caller finds out whether the provider is well again."""
        return self._moved(probe_until=now + recovery)

    def after(self, outcome: Outcome, *, now: int, retry_at: int | None, recovery: int) -> Self:
        """After a call ended so; the row itself where that is no news. An open breaker stays so for `recovery` ms."""
        if outcome is Outcome.BUSY:
            return self._moved(busy_until=retry_at) if retry_at and retry_at > self.busy_until else self
        if outcome in ANSWERS:
            return self._moved(failures=0, open_until=0, probe_until=0) if self.failures else self
        if outcome is Outcome.MISCONFIGURED:
            return self._moved(failures=FAILURES_MAX, open_until=now + recovery, probe_until=0)
        if outcome not in FAILURES:
            return self
        failures = self.failures + 1
        open_until = now + recovery if failures >= FAILURES_MAX else 0
        return self._moved(failures=failures, open_until=open_until, probe_until=0)

    def opened(self, before: Self) -> bool:
        """Whether its breaker opened since."""
        return self.open_until > before.open_until

    def _moved(self, **changes: int) -> Self:
        return self.model_copy(update={**changes, "version": self.version + 1})
