"""Who is asked next, given what everybody knows of providers: times are booked, probes admitted, failures told."""

from collections.abc import Mapping
from dataclasses import dataclass

from easel.aws.metrics import Metrics
from easel.catalog.plan import Step
from easel.clock import SECOND
from easel.execution.next_provider import AskProvider, Bar, Bars, Exhausted, Pause, next_provider, passed_over, payable
from easel.jobs.model import Booking, Job
from easel.jobs.store import VersionConflict
from easel.policy import Clocks
from easel.providers.availability import Availability
from easel.providers.availability_store import Signals
from easel.providers.protocol import Outcome

TELL_MAX = 3  # how often news of a provider is tried to be written; it is advice, and the next call brings more


@dataclass(frozen=True)
class Sent:
    """Ask this provider now; the others had no turn for the reasons given."""

    ask: AskProvider
    skipped: tuple[tuple[Step, Bar], ...] = ()


@dataclass(frozen=True)
class Booked:
    """A time in the future is this job's: to be written on it."""

    booking: Booking


@dataclass(frozen=True)
class Dispatch:
    """`patience` is how many seconds a booking may lie ahead before the next provider is asked instead."""

    signals: Signals
    meter: Metrics
    clocks: Clocks
    patience: int

    def decide(self, job: Job, now: int) -> Sent | Booked | Pause | Exhausted:
        """Who is asked next, admitted.

        Raises VersionConflict where somebody else took the time or the probe: decide again.
        """
        known = {step: self.signals.read(step) for step in job.route}
        bars = self._bars(job, known, now)
        decided = next_provider(job, now, bars)
        if isinstance(decided, Exhausted):
            return decided
        if isinstance(decided, Pause):
            return self._book_or_pause(job, decided, known[decided.step], now)
        self._admit(job, decided, known[decided.step], now)
        skipped = passed_over(job, decided.step, bars)
        for step, _ in skipped:
            self.meter.count("ProviderSkipped", provider=step.provider)
        return Sent(decided, skipped)

    def tell(self, step: Step, outcome: Outcome, *, retry_at: int | None, now: int) -> None:
        """Let everybody know how a call ended, where that is news."""
        for _ in range(TELL_MAX):
            before = self.signals.read(step)
            after = before.after(outcome, now=now, retry_at=retry_at, recovery=self.clocks.recovery * SECOND)
            if after is before or self.signals.save(before, after):
                if after.opened(before):
                    self.meter.count("BreakerOpened", provider=step.provider)
                return

    def _bars(self, job: Job, known: Mapping[Step, Availability], now: int) -> Bars:
        return {step: bar for step, traffic in known.items() if (bar := self._bar(job, step, traffic, now))}

    def _bar(self, job: Job, step: Step, traffic: Availability, now: int) -> Bar | None:
        if until := traffic.barred_until(now):
            return Bar(until, why="it is failing or busy for everybody")
        held = _booking(job, step)
        at = held.at if held else traffic.opening_at(self.signals.pace(step), len(payable(job, step)), now)
        brief = held is not None or at <= now + self.patience * SECOND
        return Bar(at, why="it takes no more images this minute", brief=brief) if at > now else None

    def _book_or_pause(self, job: Job, pause: Pause, traffic: Availability, now: int) -> Booked | Pause:
        pace = self.signals.pace(pause.step)
        images = len(payable(job, pause.step))
        if pace is None or _booking(job, pause.step) or traffic.barred_until(now):
            return pause
        at = traffic.opening_at(pace, images, now)
        if at <= now:
            return pause
        if not self.signals.save(traffic, traffic.taken(pace, images, now)):
            raise VersionConflict(job.id)
        return Booked(Booking(provider=pause.step.provider, model=pause.step.model, at=at, images=images))

    def _admit(self, job: Job, ask: AskProvider, traffic: Availability, now: int) -> None:
        pace, after = self.signals.pace(ask.step), traffic
        if pace and not _booking(job, ask.step):
            after = after.taken(pace, len(ask.slots), now)
        if traffic.half_open(now):
            after = after.probed(now, recovery=self.clocks.recovery * SECOND)
        if after is not traffic and not self.signals.save(traffic, after):
            raise VersionConflict(job.id)


def _booking(job: Job, step: Step) -> Booking | None:
    held = job.booking
    return held if held and (held.provider, held.model) == (step.provider, step.model) else None
