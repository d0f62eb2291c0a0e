"""Whose turn it is: which provider is asked next for the images still missing, or why nobody is. Pure.

The rules, in the order they are applied:
- a refusal ends the job, whoever refused;
- a provider that failed outright is not called again in this job, unless it is the only one on the route;
- a provider whose call nobody heard the end of may be called once more per image slot, and no more
  (`PAID_CALLS_MAX`); after a worker's death that is its own next turn, after a timeout only when nobody else is left;
- a busy provider is waited for only when nobody else is left;
- a provider that is barred for everybody (breaker, Retry-After, no room at its pace) counts as busy until then, but a
  short wait for its pace is waited.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from easel.catalog.plan import Step
from easel.clock import SECOND
from easel.jobs.attempts import Attempt
from easel.jobs.model import ATTEMPTS_MAX, PAID_CALLS_MAX, Job
from easel.providers.protocol import Outcome

BUSY_TURNS_MAX = 12  # per provider: with waits of up to a minute this outlasts every deadline we use
BUSY_PAUSE = 5 * SECOND  # when a busy provider does not say how long


@dataclass(frozen=True)
class AskProvider:
    """Ask this provider now, for these slots."""

    step: Step
    slots: tuple[int, ...]


@dataclass(frozen=True)
class Pause:
    """Nobody can be asked before this time (ms), and this provider then."""

    until: int
    step: Step


@dataclass(frozen=True)
class Exhausted:
    """Nobody is left to ask."""


Decision = AskProvider | Pause | Exhausted


@dataclass(frozen=True)
class Bar:
    """A provider that may not be asked before a time (ms); `brief` where that is worth waiting for."""

    until: int
    why: str
    brief: bool = False


Bars = Mapping[Step, Bar]


def next_provider(job: Job, now: int, bars: Bars | None = None) -> Decision:
    """Decide whom to ask next for a job with no open attempt; `bars` says who may not be asked yet."""
    if job.refused or job.failure or not job.missing or len(job.attempts) >= ATTEMPTS_MAX:
        return Exhausted()
    ranked = [
        (rank, ready_at if rank == _WAITS else 0, place, ready_at)
        for place, step in enumerate(job.route)
        for rank, ready_at in _ranks(job, step, (bars or {}).get(step), now)
    ]
    if not ranked:
        return Exhausted()
    _, _, place, ready_at = min(ranked)
    step = job.route[place]
    if ready_at > now:
        return Pause(until=ready_at, step=step)
    return AskProvider(step=step, slots=payable(job, step))


_FRESH, _AGAIN, _WAITS = range(3)


def _ranks(job: Job, step: Step, bar: Bar | None, now: int) -> list[tuple[int, int]]:
    """How soon a step may have its turn and from when (ms); empty for never."""
    rank = _rank(job, step)
    if rank is None:
        return []
    if bar is None or bar.until <= now:
        return [rank]
    return [(rank[0] if bar.brief else _WAITS, max(rank[1], bar.until))]


def _rank(job: Job, step: Step) -> tuple[int, int] | None:
    last = _last(job, step)
    if not payable(job, step):
        return None
    if last is None:
        return _FRESH, 0
    match last.outcome:
        case Outcome.ABANDONED:
            return _FRESH, 0
        case Outcome.DELIVERED if len(last.images) < len(last.slots) and len(job.route) > 1:
            return None  # a short count: the next provider fills it
        case Outcome.DELIVERED | Outcome.UNKNOWN:
            return _AGAIN, 0
        case Outcome.UNAVAILABLE if len(job.route) == 1:
            return _AGAIN, 0
        case Outcome.BUSY if _busy_turns(job, step) < BUSY_TURNS_MAX:
            return _WAITS, last.retry_at or 0
        case _:
            return None


def passed_over(job: Job, step: Step, bars: Bars) -> tuple[tuple[Step, Bar], ...]:
    """The steps that come before this one on the route and had no turn only because they were barred."""
    before = job.route[: job.route.index(step)]
    told = {(attempt.provider, attempt.model) for attempt in job.attempts}
    return tuple((each, bars[each]) for each in before if each in bars and (each.provider, each.model) not in told)


def payable(job: Job, step: Step) -> tuple[int, ...]:
    """The missing slots that the provider was not paid for twice already."""
    return tuple(slot for slot in job.missing if job.paid_calls(step.provider, slot) < PAID_CALLS_MAX)


def _last(job: Job, step: Step) -> Attempt | None:
    turns = [a for a in job.attempts if (a.provider, a.model) == (step.provider, step.model) and a.asked]
    return turns[-1] if turns else None


def _busy_turns(job: Job, step: Step) -> int:
    return sum(1 for a in job.attempts if a.provider == step.provider and a.outcome is Outcome.BUSY)
