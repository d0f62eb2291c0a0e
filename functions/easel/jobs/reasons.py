"""Why an attempt ended as it did, in words for callers. What a provider said is for operators: their logs have it."""

from collections.abc import Mapping

from easel.jobs.attempts import Attempt
from easel.providers.protocol import Outcome

FEWER = "it made fewer images than were asked for"

REASONS: Mapping[Outcome, str | None] = {
    Outcome.DELIVERED: None,
    Outcome.REFUSED: "moderation refused the request or what was made of it",
    Outcome.BUSY: "it takes no more requests just now",
    Outcome.UNAVAILABLE: "it failed, or answered without a usable image",
    Outcome.MISCONFIGURED: "it is not set up correctly here; the operator has been told",
    Outcome.UNSUPPORTED: "it does not take these options",
    Outcome.UNKNOWN: "it was asked, and no answer came in time",
    Outcome.ABANDONED: "the worker that asked it was lost",
    Outcome.SKIPPED: "it was not asked: it is failing, or takes no more requests, for everybody",
}


def told(attempt: Attempt) -> str | None:
    """One of a few stable sentences; None where there is nothing to explain."""
    if attempt.outcome is None:
        return None
    if attempt.outcome is Outcome.DELIVERED and len(attempt.images) < len(attempt.slots):
        return FEWER
    return REASONS[attempt.outcome]
