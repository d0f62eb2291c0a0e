"""How a job ends: what is charged, what goes back, what its owner is told. Pure; settle alone acts on it."""

import re
from collections import Counter

from easel.jobs.attempts import Attempt
from easel.jobs.model import Failure, Job, Status
from easel.providers.protocol import Outcome

NAMED_FIELD = re.compile(r"\(([a-z_]+)(?:\[\d*\])*\)$")  # what adapters put at the end of a reason
FIELDS = {  # providers' words for what callers send, and theirs
    "background": "background",
    "image": "references",
    "images": "references",
    "markup": "markup",
    "mask": "mask",
    "output_compression": "outputCompression",
    "output_format": "outputFormat",
    "prompt": "prompt",
    "quality": "quality",
    "size": "size",
}


def verdict(job: Job, now: int) -> Job:
    """The job's final row.

    Images there: charged for what was delivered, at the price the route names for the provider that made it, never
    above the hold. None: everything goes back.
    """
    delivered = job.delivered()
    charged = min(job.held, price_of(job))
    failure = None if delivered or job.cancel_requested else why_it_failed(job, now)
    attempts = tuple(_closed(attempt, now) for attempt in job.attempts)
    return job.to(
        _status(job),
        attempts=attempts,
        images=tuple(image for _, image in delivered),
        charged=charged,
        returned=job.held - charged,
        failure=failure,
        warnings=(*job.warnings, *_warnings(job)),
        finished_at=now,
        wake_by=now if job.erased else None,  # what came in after the erasing is still to be swept
    )


def price_of(job: Job) -> int:
    """The credits that the delivered images come to, by who made them and what they are known to have cost."""
    images = Counter(attempt.number for attempt, _ in job.delivered())
    made = [attempt for attempt in job.attempts if images[attempt.number]]
    return sum(job.step_of(each).credits_for(images[each.number], _known_cost(each)) for each in made)


def _known_cost(attempt: Attempt) -> int | None:
    """What the calls that delivered did cost, in micro-dollars; None where that of one is not known."""
    costs = [call.cost_micros for call in attempt.calls if call.outcome == Outcome.DELIVERED]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if costs and len(known) == len(costs) else None


def _status(job: Job) -> Status:
    if job.delivered():
        return Status.SUCCEEDED
    return Status.CANCELED if job.cancel_requested else Status.FAILED


def _closed(attempt: Attempt, now: int) -> Attempt:
    if not attempt.open:
        return attempt
    why = "its queue was not looked after any more" if attempt.tickets else "its worker did not report within its lease"
    calls = attempt.given_up(now)
    told = {"outcome": Outcome.ABANDONED, "reason": why, "ended_at": now, "calls": calls, "tickets": ()}
    return attempt.model_copy(update=told)


def _warnings(job: Job) -> tuple[str, ...]:
    delivered = job.delivered()
    if not delivered:
        return ()
    makers = tuple(dict.fromkeys(attempt.provider for attempt, _ in delivered))
    first = job.route[0].provider
    told = []
    if makers != (first,):
        told.append(f"{first} could not make every image; {' and '.join(makers)} served this")
    told += [warning for attempt, _ in delivered for warning in job.step_of(attempt).warnings]
    if len(delivered) < job.n:
        told.append(f"{len(delivered)} of {job.n} images could be made; only those are charged")
    return tuple(warning for warning in dict.fromkeys(told) if warning not in job.warnings)


def why_it_failed(job: Job, now: int) -> Failure:
    """The reason a job without images is told to its owner, from what its attempts met."""
    if job.failure:
        return job.failure
    asked = [attempt for attempt in job.attempts if attempt.asked]
    if not asked:
        if now >= job.deadline_at:
            return Failure(code="deadline_exceeded", message="No provider could be asked before the job's deadline.")
        return Failure(code="internal", message="The job stopped before any provider was asked.")
    if now >= job.deadline_at:
        return Failure(code="deadline_exceeded", message="No image was ready before the job's deadline.")
    if {attempt.outcome for attempt in asked} == {Outcome.MISCONFIGURED}:
        return Failure(
            code="provider_misconfigured",
            message="The image provider is not set up correctly; the operator has been told.",
        )
    tried = ", ".join(dict.fromkeys(attempt.provider for attempt in asked))
    if all(attempt.outcome is Outcome.UNSUPPORTED for attempt in asked):
        return _not_taken(asked, tried)
    return Failure(code="providers_unavailable", message=f"No provider could make the image now (tried: {tried}).")


def _not_taken(asked: list[Attempt], tried: str) -> Failure:
    """The failure of a request that every provider refused as it stands: asking again would change nothing."""
    named = (NAMED_FIELD.search(attempt.reason or "") for attempt in asked)
    fields = dict.fromkeys(FIELDS[found[1]] for found in named if found and found[1] in FIELDS)
    what = " and ".join(f"`{field}`" for field in fields) or "its options or pictures"
    return Failure(
        code="unsupported_option",
        message=f"The request was refused as it stands (by {tried}): {what} cannot be done; change it and ask again.",
    )
