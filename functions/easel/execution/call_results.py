"""What the calls of one attempt came to, and how it is told as one result. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from easel.clock import SECOND
from easel.execution.moderation import failure_of
from easel.execution.next_provider import BUSY_PAUSE
from easel.jobs.attempts import Attempt, Call, StoredImage, Ticket
from easel.jobs.model import Failure
from easel.moderation.policy import Check
from easel.providers.errors import ProviderError, ProviderMisconfigured, ProviderRefused
from easel.providers.protocol import Outcome

# Where calls of one attempt ended differently, the attempt is told as the first of these that one of them met.
TELLING = (
    Outcome.REFUSED,
    Outcome.DELIVERED,
    Outcome.UNKNOWN,
    Outcome.UNAVAILABLE,
    Outcome.BUSY,
    Outcome.MISCONFIGURED,
    Outcome.UNSUPPORTED,
)


@dataclass(frozen=True)
class Result:
    """How an attempt stands, as it is written on the job; with tickets left it is still open."""

    outcome: Outcome | None
    images: tuple[StoredImage, ...]
    calls: tuple[Call, ...]
    reason: str | None = None
    retry_at: int | None = None
    failure: Failure | None = None
    tickets: tuple[Ticket, ...] = ()
    wrong: ProviderMisconfigured | None = None  # what an operator has to mend


@dataclass(frozen=True)
class Called:
    """What one call came to: images, an error, or a ticket of the queue that took it on."""

    call: Call | None = None
    images: tuple[StoredImage, ...] = ()
    error: ProviderError | None = None
    ticket: Ticket | None = None


Slots = tuple[int, ...]


def result_of(attempt: Attempt, called: Sequence[Called], *, now: int) -> Result:
    """How an attempt stands at `now` (ms) after these calls; with tickets left it is still open."""
    images = (*attempt.images, *(image for c in called for image in c.images))
    calls = (*attempt.calls, *(c.call for c in called if c.call))
    if tickets := tuple(c.ticket for c in called if c.ticket):
        return Result(outcome=None, images=images, calls=calls, tickets=tickets)
    outcome = next(each for each in TELLING if any(call.outcome == each for call in calls))
    errors = [c.error for c in called if c.error]
    telling = next((error for error in errors if error.outcome == outcome), None)
    return Result(
        outcome=outcome,
        images=images,
        calls=calls,
        reason=next((call.reason for call in calls if call.outcome == outcome), None),
        retry_at=_retry_at(errors, now) if outcome is Outcome.BUSY else None,
        failure=_refusal(telling) if isinstance(telling, ProviderRefused) else None,
        wrong=next((error for error in errors if isinstance(error, ProviderMisconfigured)), None),
    )


def _retry_at(errors: Sequence[ProviderError], now: int) -> int:
    pauses = [error.retry_after_seconds * SECOND for error in errors if error.retry_after_seconds]
    return now + max(pauses, default=BUSY_PAUSE)


def _refusal(error: ProviderRefused) -> Failure:
    if error.stage == "results":
        return failure_of(Check(stage="results", decision="refused", categories=error.categories))
    return Failure(
        code="content_refused",
        message="The image provider's moderation refused this request; change the prompt or the references.",
        stage=error.stage,
        categories=error.categories,
    )
