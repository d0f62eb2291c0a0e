"""Google's Gemini image models through their own SDK: one image a call, and refusals that arrive as HTTP 200."""

from collections.abc import Mapping
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types

from easel.catalog import planning, prices
from easel.catalog.sizes import Size, resolution_of
from easel.providers import http
from easel.providers.aspect_ratios import nearest
from easel.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnsupported,
)
from easel.providers.http import AnswerUnreadable
from easel.providers.protocol import Made, Order, Picture
from easel.providers.responses import not_answered, retry_after, too_late
from easel.settings import ProviderSettings

NAME = "gemini"
API_VERSION = "v1beta"  # where image models are served
RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
REFUSED = frozenset(
    {
        *("SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION"),
        *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
    }
)
KEY = ("key", "put a valid Gemini API key into the providers' secret")
REMEDIES: Mapping[str, tuple[str, str]] = {
    "API_KEY_INVALID": KEY,
    "UNAUTHENTICATED": KEY,
    "PERMISSION_DENIED": ("key", "give the key access to the Gemini API, or put another into the providers' secret"),
    "FAILED_PRECONDITION": ("quota", "turn billing on for the key's project, and call from a region it serves"),
    "NOT_FOUND": ("model", "the API has no such model: check the catalog against Google's deprecations"),
}
STATUSES = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}  # where an answer names none


class Gemini:
    """Generations and edits; an order is one image, whatever its `n`."""

    def __init__(self, settings: ProviderSettings, key: str | None) -> None:
        self._base_url = settings.base_url
        self._api_version = settings.api_version or API_VERSION
        self._key = key

    def make(self, order: Order) -> Made:
        """Make an image, or raise a ProviderError that says what to do next.

        Raises ProviderMisconfigured and ProviderUnavailable.
        """
        if not self._key:
            raise ProviderMisconfigured(f"{NAME}: no key", what=KEY[0], remedy=KEY[1])
        try:
            answer = http.within(order.timeout_seconds, self._ask(order))
        except TimeoutError as error:
            raise too_late(NAME, order.timeout_seconds) from error
        except errors.APIError as error:
            raise error_of(error) from error
        except (httpx2.TransportError, AnswerUnreadable) as error:
            raise not_answered(NAME, error) from error
        except ValueError as error:  # the SDK's for JSON that is none, and for JSON of another shape
            raise ProviderUnavailable(f"{NAME}: an answer of another shape", paid=True) from error
        return _made(order, answer)

    async def _ask(self, order: Order) -> types.GenerateContentResponse:
        async with http.client(order.timeout_seconds, bytes_max=http.bytes_for(1)) as transport:
            known = {"verify": http.trusted()}
            sdk = genai.Client(
                vertexai=False,
                api_key=self._key,
                http_options=types.HttpOptions(
                    base_url=self._base_url,
                    api_version=self._api_version,
                    timeout=round(order.timeout_seconds * 1_000),
                    retry_options=types.HttpRetryOptions(attempts=1),
                    httpx_async_client=transport,
                    client_args=known,  # of a client that is made and not used: it would read the roots again
                    async_client_args=known,
                ),
            )
            size = Size(order.width, order.height)
            said: list[Any] = [*map(_part, order.references), types.Part.from_text(text=order.prompt)]
            shape = types.ImageConfig(aspect_ratio=nearest(size, RATIOS), image_size=resolution_of(size).upper())
            return await sdk.aio.models.generate_content(
                model=order.model,
                contents=said,
                config=types.GenerateContentConfig(response_modalities=["IMAGE"], image_config=shape),
            )


def error_of(error: errors.APIError) -> ProviderError:
    """An answer that is not 2xx, as what to do next."""
    body = error.details.get("error", {}) if isinstance(error.details, Mapping) else {}
    details = [each for each in body.get("details") or () if isinstance(each, Mapping)]
    reason = next((str(each["reason"]) for each in details if each.get("reason")), "")
    status = str(body.get("status") or "")
    said = f"{NAME}: {error.code} {reason or status or 'without a status'}"
    if wrong := REMEDIES.get(reason) or REMEDIES.get(status) or REMEDIES.get(STATUSES.get(error.code, "")):
        return ProviderMisconfigured(said, what=wrong[0], remedy=wrong[1])
    if error.code == 429:
        if any("PerDay" in str(violation) for each in details for violation in each.get("violations") or ()):
            return ProviderMisconfigured(said, what="quota", remedy="raise the project's quota for this model")
        return ProviderBusy(said, retry_after_seconds=_wait(error, details))
    if error.code >= 500 or error.code == 408:
        # What the API itself wrote was not billed; a deadline of its own, or an edge's HTML, may hide an image.
        paid = not status or error.code == 504
        return ProviderUnavailable(said, paid=paid, retry_after_seconds=_wait(error, details))
    return ProviderUnsupported(said)


def _wait(error: errors.APIError, details: list[Any]) -> int | None:
    asked = next((str(each["retryDelay"]) for each in details if each.get("retryDelay")), "")
    headers = getattr(error.response, "headers", {})
    return retry_after({"retry-after": asked.removesuffix("s")} if asked else headers)


def _made(order: Order, answer: types.GenerateContentResponse) -> Made:
    usage = _counts(answer.usage_metadata)
    price = planning.load().price_of(NAME, order.model)
    facts: dict[str, Any] = {
        "usage": usage,
        "cost_micros": prices.cost_micros(price, usage=usage, images=1) if price else None,
        "request_id": answer.response_id,
    }
    if (feedback := answer.prompt_feedback) and feedback.block_reason:
        said = f"{NAME}: the prompt was blocked ({feedback.block_reason.value})"
        raise ProviderRefused(said, stage="input", categories=_categories(feedback.safety_ratings), paid=True, **facts)
    for candidate in answer.candidates or ():
        parts = (candidate.content and candidate.content.parts) or ()
        images = [part.inline_data.data for part in parts if part.inline_data and not part.thought]
        if found := tuple(image for image in images if image):
            return Made(images=found[:1], **facts)
        if candidate.finish_reason and candidate.finish_reason.value in REFUSED:
            said = f"{NAME}: the image was blocked ({candidate.finish_reason.value})"
            categories = _categories(candidate.safety_ratings)
            raise ProviderRefused(said, stage="output", categories=categories, paid=True, **facts)
    raise ProviderUnavailable(f"{NAME}: an answer without images", paid=True, **facts)


def _counts(usage: types.GenerateContentResponseUsageMetadata | None) -> dict[str, int]:
    """Its counts in the words that prices know: what a model thinks is text it puts out."""
    if usage is None or usage.candidates_token_count is None:
        return {}
    flat = {
        "input_tokens": usage.prompt_token_count or 0,
        "output_tokens": usage.candidates_token_count + (usage.thoughts_token_count or 0),
    }
    for side, details in (("input", usage.prompt_tokens_details), ("output", usage.candidates_tokens_details)):
        for each in details or ():
            kind = "image" if each.modality is types.MediaModality.IMAGE else "text"
            flat[f"{side}_{kind}_tokens"] = flat.get(f"{side}_{kind}_tokens", 0) + (each.token_count or 0)
    if usage.thoughts_token_count:
        flat["output_text_tokens"] = flat.get("output_text_tokens", 0) + usage.thoughts_token_count
    return flat


def _categories(ratings: list[types.SafetyRating] | None) -> list[str]:
    blocked = [rating.category for rating in ratings or () if rating.blocked]
    return [each.value.removeprefix("HARM_CATEGORY_").lower() for each in blocked if each]


def _part(picture: Picture) -> types.Part:
    return types.Part.from_bytes(data=picture.content, mime_type=picture.mime_type)
