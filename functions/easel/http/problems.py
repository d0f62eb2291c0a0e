"""Errors as callers see them (RFC 9457): the one table from code to status, and the body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from easel.errors import CallerError
from easel.http import openai_errors

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 20  # named in one answer; who sends more mends those first
DETAIL_CHARS_MAX = 4_000
MESSAGE_CHARS_MAX = 400
BYTES_MAX = 65_536  # of a whole answer, however it is refused: ERRORS_MAX messages in characters of four bytes fit


class ProblemType(NamedTuple):
    """What a code is answered with; `retry_after` (seconds) where the error brings none of its own."""

    status: int
    title: str
    retry_after: int | None = None


ANSWERS: Mapping[str, ProblemType] = {
    "invalid_request": ProblemType(400, "The request is not valid"),
    "unknown_model": ProblemType(400, "No such model"),
    "unsupported_option": ProblemType(400, "Not supported"),
    "invalid_reference": ProblemType(400, "A reference is not an image we accept"),
    "invalid_json": ProblemType(400, "The body is not a JSON object"),
    "unauthenticated": ProblemType(401, "Sign in"),
    "insufficient_credits": ProblemType(402, "Not enough credits"),
    "forbidden": ProblemType(403, "Not allowed"),
    "origin_not_allowed": ProblemType(403, "This site is not allowed"),
    "not_found": ProblemType(404, "Not found"),
    "method_not_allowed": ProblemType(405, "Method not allowed"),
    "job_not_cancelable": ProblemType(409, "The job has ended"),
    "canceled": ProblemType(409, "The job was canceled"),
    "job_erased": ProblemType(410, "The job was erased"),
    "payload_too_large": ProblemType(413, "The body is too large"),
    "unsupported_media_type": ProblemType(415, "Not a type this route reads"),
    "content_refused": ProblemType(422, "Refused by moderation"),
    "idempotency_key_reused": ProblemType(422, "The Idempotency-Key came before with another body"),
    "rate_limited": ProblemType(429, "Too many requests", 1),
    "too_many_jobs_in_flight": ProblemType(429, "Too many unfinished jobs", 10),
    "daily_limit_reached": ProblemType(429, "The day's limit is reached", 3600),
    "internal": ProblemType(500, "Something went wrong here"),
    "busy": ProblemType(503, "Busy", 2),
    "spending_paused": ProblemType(503, "Paused by the operator", 600),
    "providers_unavailable": ProblemType(503, "No provider could make the image", 30),
    "provider_misconfigured": ProblemType(503, "The image provider is not set up correctly"),
    "deadline_exceeded": ProblemType(504, "Not ready in time"),
}


NOT_TO_BE_REPEATED = ("daily_limit_reached", "spending_paused", "provider_misconfigured")  # of 429 and 5xx
SHOULD_RETRY = "X-Should-Retry"  # OpenAI's SDKs repeat 408, 409, 429 and 5xx by themselves, unless this says false


@dataclass(frozen=True)
class Manner:
    """How a door tells errors, where its callers' libraries need it otherwise than the table: by code, and in words."""

    statuses: Mapping[str, int] = field(default_factory=dict)
    told: Callable[[CallerError], CallerError] = lambda error: error

    def status(self, error: CallerError) -> int:
        """The HTTP status of an error."""
        return self.statuses.get(error.code, ANSWERS[error.code].status)


OWN = Manner()


def internal() -> CallerError:
    """What is said of an error nobody foresaw: nothing, but where to look."""
    return CallerError("Something went wrong on our side; try again, and name the request id if it stays.")


def answer(error: CallerError, request_id: str, manner: Manner = OWN) -> dict[str, Any]:
    """The body of an HTTP answer: the problem's members, and `error` as OpenAI's clients read it."""
    told = manner.told(error)
    return {**body(told, request_id, manner), "error": openai_errors.member(told, manner.status(told))}


def body(error: CallerError, request_id: str, manner: Manner = OWN) -> dict[str, Any]:
    """The problem's members; `status` is its HTTP status too."""
    problem = {
        "type": f"urn:easel:error:{error.code}",
        "title": ANSWERS[error.code].title,
        "status": manner.status(error),
        "code": error.code,
        "detail": error.detail[:DETAIL_CHARS_MAX],
        "requestId": request_id,
        **error.facts,
    }
    if error.errors:
        problem["errors"] = [
            {"field": field[:MESSAGE_CHARS_MAX], "message": message[:MESSAGE_CHARS_MAX]}
            for field, message in error.errors[:ERRORS_MAX]
        ]
    return problem


def retry_after(error: CallerError) -> int | None:
    """Seconds after which a repeat may have another answer; None where no waiting helps."""
    return error.retry_after_seconds or ANSWERS[error.code].retry_after


def headers(error: CallerError) -> dict[str, str]:
    """The headers that belong to the problem."""
    found = {}
    seconds = retry_after(error)
    if seconds is not None:
        found["Retry-After"] = str(seconds)
    if error.code in NOT_TO_BE_REPEATED:
        found[SHOULD_RETRY] = "false"
    if error.code == "unauthenticated":
        found["WWW-Authenticate"] = 'Bearer realm="easel"'
    if "acceptEncoding" in error.facts:
        found["Accept-Encoding"] = str(error.facts["acceptEncoding"])
    return found
