"""The `error` member of every problem: a refusal in the words that OpenAI's SDKs, and whoever copies them, look for.

It stands beside the problem's own members, so that one body serves every reader. Which statuses those SDKs repeat by
themselves, and how they are told not to, is said in `problems`.
"""

from typing import Any, NamedTuple

from easel.errors import CallerError

DETAIL_CHARS_MAX = 2_000  # of the sentence, which the problem's `detail` has in full
NAME_CHARS_MAX = 80

USER = "image_generation_user_error"  # for what was asked, not how
INVALID = "invalid_request_error"
LIMITED = "rate_limit_error"
OURS = "server_error"


class Words(NamedTuple):
    """OpenAI's `type` and `code` for one of our codes."""

    type: str
    code: str


WORDS: dict[str, Words] = {
    "invalid_request": Words(INVALID, "invalid_value"),
    "unknown_model": Words(INVALID, "model_not_found"),
    "unsupported_option": Words(INVALID, "unsupported_value"),
    "invalid_reference": Words(INVALID, "invalid_image"),
    "unauthenticated": Words(INVALID, "invalid_api_key"),
    "canceled": Words(INVALID, "job_canceled"),
    "content_refused": Words(USER, "moderation_blocked"),
    "rate_limited": Words(LIMITED, "rate_limit_exceeded"),
    "too_many_jobs_in_flight": Words(LIMITED, "rate_limit_exceeded"),
    "daily_limit_reached": Words(LIMITED, "daily_limit_reached"),
    "internal": Words(OURS, "server_error"),
}


SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "the same, as OpenAI's clients read it",
    "required": ["message", "type", "param", "code"],
    "properties": {
        "message": {"type": "string", "description": "as `detail`"},
        "type": {"type": "string", "description": "the kind, in OpenAI's words"},
        "param": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "the field that is meant"},
        "code": {"type": "string", "description": "the code, in OpenAI's words where they have one"},
        "moderation_details": {"type": "object", "description": "where it was refused, and for what"},
    },
}


def member(error: CallerError, status: int) -> dict[str, Any]:
    """The error as OpenAI's clients read it; `status` is what it is answered with."""
    kind = OURS if status >= 500 else INVALID
    words = WORDS.get(error.code, Words(kind, error.code))
    told: dict[str, Any] = {
        "message": error.detail[:DETAIL_CHARS_MAX],
        "type": words.type,
        "param": error.errors[0][0][:NAME_CHARS_MAX] or None if error.errors else None,
        "code": error.reason or words.code,
    }
    if error.code == "content_refused":
        told["moderation_details"] = {
            "moderation_stage": error.facts.get("stage", "unknown"),
            "categories": list(error.facts.get("categories", ())),
        }
    return told
