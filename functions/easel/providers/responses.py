"""What adapters read of HTTP alike: how long to wait, and what silence means."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from easel.providers.errors import ProviderError, ProviderUnavailable, ProviderUnknown
from easel.providers.http import NEVER_SENT, AnswerUnreadable


def not_answered(provider: str, error: Exception) -> ProviderError:
    """No answer: was it asked at all?"""
    cause = error if isinstance(error, httpx2.TransportError) else error.__cause__
    if isinstance(error, AnswerUnreadable) or isinstance(cause, AnswerUnreadable):
        return ProviderUnavailable(f"{provider}: {cause or error}", paid=True)
    kind = type(cause or error).__name__
    if isinstance(cause, NEVER_SENT):
        return ProviderUnavailable(f"{provider}: not reached ({kind})")
    return ProviderUnknown(f"{provider}: asked, and no answer came ({kind})")


def too_late(provider: str, seconds: float) -> ProviderUnknown:
    """The whole call took longer than it may."""
    return ProviderUnknown(f"{provider}: no answer within {seconds:g} seconds")


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> int | None:
    """Whole seconds to wait, from `retry-after-ms` or `Retry-After` in seconds or as a date."""
    seconds = _number(headers.get("retry-after-ms"), 1_000) or _number(headers.get("retry-after"), 1)
    if seconds is None and headers.get("retry-after"):
        seconds = _until(headers["retry-after"], now or datetime.now(UTC))
    return None if seconds is None else max(1, math.ceil(seconds))


def counts(usage: Mapping[str, Any]) -> dict[str, int]:
    """OpenAI's token counts, flat: `input_tokens`, `input_text_tokens`, `output_image_tokens` and so on."""
    flat: dict[str, Any] = {name: usage.get(name) for name in ("input_tokens", "output_tokens", "total_tokens")}
    for side in ("input", "output"):
        details = usage.get(f"{side}_tokens_details")
        if isinstance(details, Mapping):
            flat |= {f"{side}_{kind}": details.get(kind) for kind in ("text_tokens", "image_tokens")}
    return {name: count for name, count in flat.items() if isinstance(count, int) and count >= 0}


def _number(text: str | None, unit: int) -> float | None:
    try:
        found = float(text) / unit if text else None
    except ValueError:
        return None
    return found if found is not None and math.isfinite(found) and found >= 0 else None


def _until(text: str, now: datetime) -> float | None:
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
