"""OpenAI's images wire through its SDK: one bounded request, and what came of it. Shared by who speaks it."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import openai
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from easel.catalog import planning, prices
from easel.providers import http
from easel.providers.errors import ProviderError, ProviderUnavailable, ProviderUnknown
from easel.providers.http import AnswerUnreadable
from easel.providers.openai_errors import broken_off, error_of
from easel.providers.protocol import Made, Order, Picture
from easel.providers.responses import counts, not_answered, too_late

LINGER_SECONDS = 1.0  # a stream is read to its end, but not for long once its image is there
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}

# The SDK's client for a call: given a transport and its time limits, which are not the SDK's own.
Client = Callable[[dict[str, Any]], openai.AsyncOpenAI]


class Item(BaseModel):
    """One image of an answer."""

    b64_json: str | None = None


class ImagesAnswer(BaseModel):
    """What is read of an answer; anything else in it is left alone."""

    data: list[Item] | None = None
    usage: dict[str, Any] | None = None


def whole(order: Order) -> dict[str, Any]:
    """Every parameter of an order in the wire's words; what was not ordered is not sent."""
    words = {
        "model": order.model,
        "prompt": order.prompt,
        "n": order.n,
        "size": f"{order.width}x{order.height}",
        "quality": order.quality,
        "output_format": order.output_format,
        "output_compression": order.output_compression,
        "background": order.background,
        "safety_identifier": order.safety_identifier,
    }
    if order.streams:
        words |= {"stream": True, "partial_images": order.previews}
    if order.moderation != "auto":
        words["extra_body"] = {"moderation": order.moderation}  # the SDK's edit has no word for it
    return {name: value for name, value in words.items() if value is not None}


def pictures(order: Order) -> dict[str, Any]:
    """References, mask and markup as multipart files; empty when there are none."""
    if not order.references:
        return {}
    files = [_file(f"reference-{i}", picture) for i, picture in enumerate(order.references, start=1)]
    over = {"mask": order.mask, "markup": order.markup}
    return {"image": files, **{name: _file(name, picture) for name, picture in over.items() if picture}}


def call(provider: str, order: Order, words: Mapping[str, Any], *, client: Client) -> Made:
    """Make one request and read its images, or raise the ProviderError that says what happened.

    Of an answer that was cut off, by its size, its time or its connection, the images that came whole are kept: they
    were paid for. What such a call cost nobody said.
    """
    kept: list[bytes] = []
    try:
        return _ask_and_read(provider, order, words, client=client, kept=kept)
    except ProviderError as error:
        images = _whole_images(kept, order)
        if not images:
            raise
        return Made(
            images=images,
            request_id=error.request_id,
            reason=f"{error.reason}; {len(images)} of {order.n} images were whole",
        )


def _ask_and_read(provider: str, order: Order, words: Mapping[str, Any], *, client: Client, kept: list[bytes]) -> Made:
    try:
        body, request_id = http.within(order.timeout_seconds, _ask(order, words, client, kept))
    except TimeoutError as error:
        raise too_late(provider, order.timeout_seconds) from error
    except openai.APIStatusError as error:
        raise error_of(provider, error) from error
    except (openai.APIConnectionError, httpx2.TransportError, AnswerUnreadable) as error:
        raise not_answered(provider, error) from error
    except openai.APIError as error:
        raise broken_off(provider, error) from error
    return _made(provider, order, body, request_id)


async def _ask(
    order: Order, words: Mapping[str, Any], client: Client, kept: list[bytes]
) -> tuple[bytes | ImagesAnswer | None, str | None]:
    streams = order.streams and "stream" in words
    bytes_max = http.bytes_for(order.n + order.previews)
    transport = http.client(order.timeout_seconds, bytes_max=bytes_max, kept=None if streams else kept)
    given: dict[str, Any] = {"http_client": transport, "timeout": transport.timeout, "max_retries": 0}
    async with client(given) as sdk:
        images = sdk.images.with_raw_response
        ask = images.edit if "image" in words else images.generate
        answer = await ask(**words, extra_headers={"X-Client-Request-Id": order.client_request_id})
        request_id = answer.http_response.headers.get("x-request-id")
        kept.clear()  # it came whole
        if streams:
            return await _last(answer.parse(), order), request_id
        return answer.http_response.content, request_id


async def _last(events: Any, order: Order) -> ImagesAnswer | None:
    """The finished image of a stream; partial ones are handed on as they come. None where it ended without one."""
    finished: ImagesAnswer | None = None
    try:
        async with asyncio.timeout(None) as patience:
            async for event in events:
                if event.type.endswith(".completed"):
                    usage = event.usage.model_dump() if event.usage else None
                    finished = ImagesAnswer(data=[Item(b64_json=event.b64_json)], usage=usage)
                    patience.reschedule(asyncio.get_running_loop().time() + LINGER_SECONDS)
                elif event.type.endswith(".partial_image"):
                    await _show(event, order)
    except (TimeoutError, httpx2.TransportError, AnswerUnreadable):
        if finished is None:
            raise
    return finished


async def _show(event: Any, order: Order) -> None:
    content = _decoded(Item(b64_json=event.b64_json))
    if content and order.on_preview:
        await asyncio.to_thread(order.on_preview, event.partial_image_index, content)


def _made(provider: str, order: Order, answer: bytes | ImagesAnswer | None, request_id: str | None) -> Made:
    if answer is None:
        raise ProviderUnknown(f"{provider}: its stream ended without an image", request_id=request_id)
    try:
        body = answer if isinstance(answer, ImagesAnswer) else ImagesAnswer.model_validate_json(answer)
    except ValidationError as error:
        said = f"{provider}: an answer of another shape"
        raise ProviderUnavailable(said, paid=True, request_id=request_id) from error
    usage = counts(body.usage or {})
    images = tuple(image for item in body.data or () if (image := _decoded(item)))[: order.n]
    price = planning.load().price_of(provider, order.model)
    cost = prices.cost_micros(price, usage=usage, images=len(images)) if price else None
    if not images:
        said = f"{provider}: an answer without images"
        raise ProviderUnavailable(said, paid=True, request_id=request_id, cost_micros=cost, usage=usage)
    return Made(images=images, cost_micros=cost, usage=usage, request_id=request_id)


def _whole_images(pieces: list[bytes], order: Order) -> tuple[bytes, ...]:
    """The images that are whole in the beginning of an answer."""
    try:
        answer = ImagesAnswer.model_validate(from_json(b"".join(pieces), allow_partial=True))
    except ValueError:
        return ()
    return tuple(image for item in answer.data or () if (image := _decoded(item)))[: order.n]


def _file(name: str, picture: Picture) -> tuple[str, bytes, str]:
    """With name and type: without them a file is refused as application/octet-stream."""
    return f"{name}.{EXTENSIONS[picture.mime_type]}", picture.content, picture.mime_type


def _decoded(item: Item) -> bytes | None:
    try:
        return base64.b64decode(item.b64_json or "", validate=True) or None
    except binascii.Error:
        return None
