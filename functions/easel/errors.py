"""Everything that can go wrong, one sentence each: what happened and what it means for the caller.

Callers' errors carry a stable `code` (contract), a human `detail` that says the remedy, and facts. Which HTTP
status a code gets is decided once, in `http.problems`. Providers' errors say what the next move is and whether the call
may have been billed; they never reach a caller as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class CallerError(Exception):
    """A request that cannot be served as it stands; nothing was held and nothing was called, unless it says so."""

    code = "internal"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        retry_after_seconds: int | None = None,
        reason: str = "",
        **facts: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason  # what OpenAI calls it, where that is finer than the code: `unknown_parameter`
        self.errors = tuple(errors)  # (field, message) pairs
        self.retry_after_seconds = retry_after_seconds
        self.facts: Mapping[str, Any] = {name: value for name, value in facts.items() if value is not None}


class InvalidRequest(CallerError):
    """A field is missing, unknown, of the wrong type or out of range; `errors` names each one."""

    code = "invalid_request"


def invalid(field: str, message: str, **facts: Any) -> InvalidRequest:
    """The error about one field."""
    end = "" if message.endswith("?") else "."
    return InvalidRequest(f"{field}: {message}{end}", errors=[(field, message)], **facts)


class InvalidJson(CallerError):
    """The body is not UTF-8 JSON, or not a JSON object."""

    code = "invalid_json"


class UnknownModel(CallerError):
    """Nobody here serves a model of that name; `near` names those that look alike."""

    code = "unknown_model"


class UnsupportedOption(CallerError):
    """The model exists but cannot do that; the detail says what it can."""

    code = "unsupported_option"


class InvalidReference(CallerError):
    """A reference or mask is not an image we accept."""

    code = "invalid_reference"


class Unauthenticated(CallerError):
    """No credentials, or credentials that do not hold."""

    code = "unauthenticated"


class Forbidden(CallerError):
    """The credentials hold but do not allow this."""

    code = "forbidden"


class OriginNotAllowed(CallerError):
    """A browser sent this from a site the operator has not allowed."""

    code = "origin_not_allowed"


class InsufficientCredits(CallerError):
    """The owner has fewer credits than the quote; `required` and `available` say how many."""

    code = "insufficient_credits"


class NotFound(CallerError):
    """No such thing, or not yours: the two are told apart by nobody."""

    code = "not_found"


class MethodNotAllowed(CallerError):
    """The address exists, but not for this method."""

    code = "method_not_allowed"


class JobErased(CallerError):
    """The job was erased at its owner's wish; only its amounts remain."""

    code = "job_erased"


class JobNotCancelable(CallerError):
    """The job is final already."""

    code = "job_not_cancelable"


class PayloadTooLarge(CallerError):
    """The body is larger than a door takes; `limitBytes` and `remedy` say what to do."""

    code = "payload_too_large"


class UnsupportedMediaType(CallerError):
    """The body is not of a type this route reads."""

    code = "unsupported_media_type"


class ContentRefused(CallerError):
    """Moderation, ours or the provider's, refused the request."""

    code = "content_refused"


class IdempotencyKeyReused(CallerError):
    """The same Idempotency-Key came before with another body."""

    code = "idempotency_key_reused"


class RateLimited(CallerError):
    """Too many requests in a short time."""

    code = "rate_limited"


class TooManyJobsInFlight(CallerError):
    """The owner has as many unfinished jobs as are allowed at once."""

    code = "too_many_jobs_in_flight"


class DailyLimitReached(CallerError):
    """The owner or key has used up what it may spend in a day."""

    code = "daily_limit_reached"


class Busy(CallerError):
    """Too much contention or a dependency out of reach; worth another try."""

    code = "busy"


class SpendingPaused(CallerError):
    """The operator's daily cap is reached or the kill switch is on."""

    code = "spending_paused"


class JobFailed(CallerError):
    """A job that a door waited for ended without an image; its credits are back. `code` is the job's own."""

    def __init__(self, code: str, detail: str, *, job_id: str, **facts: Any) -> None:
        super().__init__(detail, jobId=job_id, **facts)
        self.code = code


class ImageRejected(Exception):
    """Bytes that are not an image we accept: undecodable, too large, animated or of another type."""
