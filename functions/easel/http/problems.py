"""Errors as callers see them (RFC 9457): the one table from code to status, and the body."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from easel.errors import CallerError

MEDIA_TYPE = "application/problem+json"


class Answer(NamedTuple):
    """What a code is answered with; `retry_after` (seconds) where the error brings none of its own."""

    status: int
    title: str
    retry_after: int | None = None


ANSWERS: Mapping[str, Answer] = {
    "invalid_request": Answer(400, "The request is not valid"),
    "unknown_model": Answer(400, "No such model"),
    "unsupported_option": Answer(400, "Not supported"),
    "invalid_reference": Answer(400, "A reference is not an image we accept"),
    "invalid_json": Answer(400, "The body is not a JSON object"),
    "unauthenticated": Answer(401, "Sign in"),
    "insufficient_credits": Answer(402, "Not enough credits"),
    "forbidden": Answer(403, "Not allowed"),
    "origin_not_allowed": Answer(403, "This site is not allowed"),
    "not_found": Answer(404, "Not found"),
    "method_not_allowed": Answer(405, "Method not allowed"),
    "job_not_cancelable": Answer(409, "The job has ended"),
    "canceled": Answer(409, "The job was canceled"),
    "job_erased": Answer(410, "The job was erased"),
    "payload_too_large": Answer(413, "The body is too large"),
    "unsupported_media_type": Answer(415, "Not a type this route reads"),
    "content_refused": Answer(422, "Refused by moderation"),
    "idempotency_key_reused": Answer(422, "The Idempotency-Key came before with another body"),
    "rate_limited": Answer(429, "Too many requests", 1),
    "too_many_jobs_in_flight": Answer(429, "Too many unfinished jobs", 10),
    "daily_limit_reached": Answer(429, "The day's limit is reached", 3600),
    "internal": Answer(500, "Something went wrong here"),
    "busy": Answer(503, "Busy", 2),
    "spending_paused": Answer(503, "Paused by the operator", 600),
    "providers_unavailable": Answer(503, "No provider could make the image", 30),
    "provider_misconfigured": Answer(503, "The image provider is not set up correctly"),
    "deadline_exceeded": Answer(504, "Not ready in time"),
}


def internal() -> CallerError:
    """What is said of an error nobody foresaw: nothing, but where to look."""
    return CallerError("Something went wrong on our side; try again, and name the request id if it stays.")


def body(error: CallerError, request_id: str) -> dict[str, Any]:
    """The problem's members; `status` is its HTTP status too."""
    answer = ANSWERS[error.code]
    problem = {
        "type": f"urn:easel:error:{error.code}",
        "title": answer.title,
        "status": answer.status,
        "code": error.code,
        "detail": error.detail,
        "requestId": request_id,
        **error.facts,
    }
    if error.errors:
        problem["errors"] = [{"field": field, "message": message} for field, message in error.errors]
    return problem


def headers(error: CallerError) -> dict[str, str]:
    """The headers that belong to the problem."""
    found = {}
    seconds = error.retry_after_seconds or ANSWERS[error.code].retry_after
    if seconds is not None:
        found["Retry-After"] = str(seconds)
    if error.code == "unauthenticated":
        found["WWW-Authenticate"] = 'Bearer realm="easel"'
    return found
