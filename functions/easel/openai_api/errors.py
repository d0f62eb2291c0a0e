"""How `/v1` tells errors: by statuses chosen for what OpenAI's clients do with them, and in OpenAI's names of fields.

Those clients repeat 408, 409, 429 and 5xx by themselves, up to twice: what must not happen again has none of these.
"""

import re
from collections.abc import Mapping, Sequence

from easel.errors import CallerError
from easel.http.problems import Manner

STATUSES: Mapping[str, int] = {
    "unknown_model": 404,
    "content_refused": 400,
    "canceled": 400,  # 409 would start it again
}
NAMES: Mapping[str, str] = {
    "modelId": "model",
    "outputFormat": "output_format",
    "outputCompression": "output_compression",
    "previews": "partial_images",
    "safetyIdentifier": "safety_identifier",
    "references": "image",
    "featureId": "easel.featureId",
    "provider": "easel.provider",
    "fallback": "easel.fallback",
    "priority": "easel.priority",
    "metadata": "easel.metadata",
    "aspectRatio": "size",
    "resolution": "size",
}
WORDS = re.compile(r"\b(modelId|outputFormat|outputCompression)\b")  # in sentences: what nothing else is called
IMAGE = re.compile(r"references\[(\d{1,2})\]\.(?:(attached)|data|url)")
OVERLAY = re.compile(r"(mask|markup)\.(?:(attached)|data|url)")
RETRY_AFTER_MAX = 59  # of what should be repeated: Vercel's SDK ignores a minute and more
REPEATED = ("rate_limited", "too_many_jobs_in_flight", "busy", "providers_unavailable")
TOO_LARGE = (
    "The body has more than 4,400,000 bytes. Send the images by address (JSON: `images: [{image_url}]`), or make them"
    " smaller: JPEGs of 2,048 pixels are plenty."
)


def told(error: CallerError) -> CallerError:
    """The same error in OpenAI's names, with a time to wait that their clients obey."""
    if error.reason == "unknown_parameter":
        return error  # it names what was sent
    errors = tuple((_field(field), _words(message)) for field, message in error.errors)
    seconds = error.retry_after_seconds
    if seconds is not None and error.code in REPEATED:
        seconds = min(seconds, RETRY_AFTER_MAX)
    size = "invalid_value" if errors and errors[0][0] == "size" else ""
    found = CallerError(
        _detail(error, errors),
        errors=errors,
        retry_after_seconds=seconds,
        reason=error.reason or size,
        **error.facts,
    )
    found.code = error.code
    return found


def _detail(error: CallerError, errors: Sequence[tuple[str, str]]) -> str:
    if error.code == "payload_too_large":
        return TOO_LARGE
    detail = error.detail
    for (field, _), (theirs, _) in zip(error.errors, errors, strict=True):
        detail = detail.replace(f"{field}: ", f"{theirs}: ", 1)
        detail = detail.replace(f"{field} ", f"{theirs} ", 1) if "[" in field else detail
    detail = re.sub(r"\breferences\[(\d+)\]", r"image \1", detail)
    if error.code == "insufficient_credits" and error.facts.get("buyUrl"):
        detail = f"{detail} They are sold at {error.facts['buyUrl']}."
    return _words(detail)


def _field(field: str) -> str:
    if found := IMAGE.fullmatch(field):
        return "image" if found[2] else f"images[{found[1]}].image_url"
    if found := OVERLAY.fullmatch(field):
        return found[1] if found[2] else f"{found[1]}.image_url"
    first, dot, rest = field.partition(".")
    return NAMES.get(first, first) + dot + rest


def _words(text: str) -> str:
    return WORDS.sub(lambda found: NAMES[found[1]], text)


MANNER = Manner(statuses=STATUSES, told=told)
