"""The problem that every refusal is answered with, as a schema: its members, and the facts that some codes add."""

from typing import Any

from easel.http import openai_errors, problems

TEXT: dict[str, Any] = {"type": "string"}
COUNT: dict[str, Any] = {"type": "integer"}
TEXTS: dict[str, Any] = {"type": "array", "items": TEXT}
ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["field", "message"],
    "properties": {
        "field": {**TEXT, "description": "the field, header or parameter, such as `references[0].url`"},
        "message": {**TEXT, "description": "what is wrong with it, and the remedy"},
    },
}
FACTS: dict[str, Any] = {
    "near": {**TEXTS, "description": "`unknown_model`, `invalid_request`: names that would be taken"},
    "allowed": {**TEXTS, "description": "`unsupported_option`, `invalid_request`: what there is in its place"},
    "required": {**COUNT, "description": "`insufficient_credits`: what it would cost at most, in credits"},
    "available": {**COUNT, "description": "`insufficient_credits`: what could be spent"},
    "buyUrl": {**TEXT, "format": "uri", "description": "`insufficient_credits`: where more can be bought"},
    "jobId": {**TEXT, "description": "the job that it is about, where there is one"},
    "stage": {**TEXT, "description": "`content_refused`: what was refused, such as prompt or result"},
    "categories": {**TEXTS, "description": "`content_refused`: for what"},
    "limitBytes": {**COUNT, "description": "`payload_too_large`: the most that a body may have"},
    "remedy": {**TEXT, "description": "`payload_too_large`: how to get below it"},
    "acceptEncoding": {**TEXT, "description": "`unsupported_media_type`: the Content-Encoding that is taken"},
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457). Programs go by `code`, which is stable; people read `detail`.",
    "required": ["type", "title", "status", "code", "detail", "requestId"],
    "properties": {
        "type": {**TEXT, "format": "uri", "description": "the code as a URN"},
        "title": {**TEXT, "description": "the kind of problem, in a few words"},
        "status": {**COUNT, "description": "the HTTP status"},
        "code": {**TEXT, "enum": list(problems.ANSWERS), "description": "the kind of problem, for programs"},
        "detail": {**TEXT, "description": "what is wrong, and what to do about it"},
        "requestId": {**TEXT, "description": "names this request to the operator; the header `X-Request-Id` too"},
        "errors": {
            "type": "array",
            "maxItems": problems.ERRORS_MAX,
            "items": ERROR,
            "description": "each field that is wrong",
        },
        "error": openai_errors.SCHEMA,
        "retryAfterSeconds": {**COUNT, "description": "when a repeat may help; in answers to commands alone"},
        **FACTS,
    },
}
REFUSED_COMMAND: dict[str, Any] = {
    "type": "object",
    "description": "the problem that the route would answer",
    "required": ["error"],
    "properties": {"error": {"$ref": "#/components/schemas/Problem", "description": "what went wrong"}},
    "additionalProperties": False,
}
