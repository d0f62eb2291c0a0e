"""What jobs cost and brought in, by provider, model, quality, feature, kind of owner or day. Pure.

Every credit and micro-dollar is in one group, so that the groups add up to the books. A job's charge is shared out
among those who delivered, by what each may ask for an image, in whole credits; its counts go to who delivered first.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime

from easel.clock import SECOND
from easel.jobs.attempts import Attempt
from easel.jobs.model import Job, Status
from easel.providers.protocol import Outcome

AWS_MICROS = 2_000  # what AWS adds to a job of one image, roughly: README, "What it costs"


@dataclass(frozen=True)
class Sums:
    """What one group comes to; money in micro-dollars, `lost` is of calls that made nothing."""

    jobs: int = 0
    pictures: int = 0
    failed: int = 0
    fallbacks: int = 0
    cost_micros: int = 0
    lost_micros: int = 0
    charged: int = 0
    refunded: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(Sums)})


@dataclass(frozen=True)
class Part:
    """The share of one job that belongs to one model of one provider."""

    job: Job
    provider: str
    model: str
    sums: Sums


BY: dict[str, Callable[[Part], str]] = {
    "provider": lambda part: part.provider,
    "model": lambda part: part.model,
    "quality": lambda part: part.job.quality,
    "feature": lambda part: part.job.feature_id or "none",
    "owner": lambda part: part.job.owner.partition(":")[0],
    "day": lambda part: day_of(part.job),
}


def grouped(jobs: Iterable[Job], by: Sequence[str]) -> dict[tuple[str, ...], Sums]:
    """The sums of final jobs by these groupings, in the order of their names."""
    found: dict[tuple[str, ...], Sums] = {}
    for job in jobs:
        for part in parts_of(job):
            key = tuple(BY[name](part) for name in by)
            found[key] = found.get(key, Sums()) + part.sums
    return dict(sorted(found.items()))


def total(groups: Iterable[Sums]) -> Sums:
    """All of them together."""
    return sum(groups, Sums())


def told(sums: Sums, credit_micros: int) -> dict[str, int | float]:
    """The same for people and programs: what was kept, in dollars of credits, and rates in percent."""
    income = (sums.charged - sums.refunded) * credit_micros
    aws = sums.jobs * AWS_MICROS
    return {
        **asdict(sums),
        "aws_micros": aws,
        "income_micros": income,
        "margin_micros": income - sums.cost_micros - aws,
        "failed_percent": _percent(sums.failed, sums.jobs),
        "fallback_percent": _percent(sums.fallbacks, sums.jobs),
    }


def day_of(job: Job) -> str:
    """The day by UTC on which a job ended, and so was charged."""
    at = job.finished_at if job.finished_at is not None else job.created_at
    return datetime.fromtimestamp(at / SECOND, UTC).date().isoformat()


def parts_of(job: Job) -> Iterator[Part]:
    """A final job's shares; those of one that nobody was asked for belong to who would have been asked first."""
    delivered = job.delivered()
    first = (job.route[0].provider, job.route[0].model)
    made = Counter((attempt.provider, attempt.model) for attempt, _ in delivered)
    main = (delivered[0][0].provider, delivered[0][0].model) if delivered else first
    costs: Counter[tuple[str, str]] = Counter()
    lost: Counter[tuple[str, str]] = Counter()
    for attempt in job.attempts:
        who = (attempt.provider, attempt.model)
        costs[who] += _cost(job, attempt)
        lost[who] += _lost(job, attempt)
    charged, refunded = _shared(job, made, main, job.charged), _shared(job, made, main, job.refunded)
    for who in dict.fromkeys((main, *made, *costs)):
        counts = {"jobs": 1, "failed": job.status is Status.FAILED, "fallbacks": bool(delivered) and main != first}
        money = {"cost_micros": costs[who], "lost_micros": lost[who]}
        mine = {name: int(value) for name, value in counts.items()} if who == main else {}
        yield Part(job, *who, Sums(pictures=made[who], charged=charged[who], refunded=refunded[who], **mine, **money))


def _shared(job: Job, made: Counter[tuple[str, str]], main: tuple[str, str], credits: int) -> Counter[tuple[str, str]]:
    """Whole credits shared out by what each who delivered may ask; what cannot be divided goes to the first."""
    asks = {(step.provider, step.model): step.credits_per_image for step in job.route}
    weights = {who: images * asks.get(who, 1) for who, images in made.items()}
    every = sum(weights.values())
    shares = Counter({who: credits * weight // every for who, weight in weights.items()}) if every else Counter()
    shares[main] += credits - shares.total()
    return shares


def _cost(job: Job, attempt: Attempt) -> int:
    return job.model_copy(update={"attempts": (attempt,)}).cost_micros()


def _lost(job: Job, attempt: Attempt) -> int:
    """What of an attempt's cost is of calls that delivered nothing."""
    if not attempt.calls:
        return 0 if attempt.images else _cost(job, attempt)
    bad = tuple(call for call in attempt.calls if call.outcome != Outcome.DELIVERED)
    return _cost(job, attempt.model_copy(update={"calls": bad})) if bad else 0


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
