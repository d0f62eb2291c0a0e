"""How OpenAI says no: the status, headers and body of each fault that is an answer."""

import json
from typing import Any

from local.standins.exchange import Reply
from local.standins.script import Turn


def refusal(turn: Turn, model: str, request_id: str) -> Reply | None:
    """The fault a script asks for; None where the turn is not one."""
    wait = {"retry-after": str(turn.retry_after)}
    if turn.do == "edge":
        return Reply(502, b"<html><head><title>502 Bad Gateway</title></head></html>", "text/html")
    if turn.do == "garbage":
        return Reply(200, b'{"created": 17636', headers={"x-request-id": request_id})
    found = _errors(turn, model, request_id).get(turn.do)
    if found is None:
        return None
    status, error = found
    headers = {"x-request-id": request_id, **(wait if turn.do in ("busy", "slow_down", "overloaded") else {})}
    return Reply(status, json.dumps({"error": {"param": None, **error}}).encode(), headers=headers)


def _errors(turn: Turn, model: str, request_id: str) -> dict[str, tuple[int, dict[str, Any]]]:
    return {
        "busy": (
            429,
            _error("rate_limit_exceeded", "input-images", f"Rate limit reached. Try again in {turn.retry_after}s."),
        ),
        "slow_down": (429, _error("slow_down", "rate_limit_error", "Requests are ramping up too fast; slow down.")),
        "quota": (429, _error("insufficient_quota", "insufficient_quota", "You exceeded your current quota.")),
        "bad_key": (401, _error("invalid_api_key", "invalid_request_error", "Incorrect API key provided.")),
        "error": (500, _error("server_error", "server_error", "The server had an error processing your request.")),
        "overloaded": (503, _error("server_is_overloaded", "service_unavailable_error", "The server is overloaded.")),
        "unverified": (
            403,
            _error(None, "invalid_request_error", f"Your organization must be verified to use the model `{model}`."),
        ),
        "no_model": (404, _error("model_not_found", "invalid_request_error", f"The model `{model}` does not exist.")),
        "refuse": (
            400,
            {
                **_error("moderation_blocked", "image_generation_user_error", _blocked(request_id)),
                "moderation_details": {"moderation_stage": "input", "categories": ["sexual"]},
            },
        ),
    }


def _error(code: str | None, kind: str, message: str) -> dict[str, Any]:
    return {"code": code, "type": kind, "message": message}


def _blocked(request_id: str) -> str:
    return (
        "Your request was rejected by the safety system. If you believe this is an error, contact us at "
        f"help.openai.com and include the request ID {request_id}. safety_violations=[sexual]."
    )
