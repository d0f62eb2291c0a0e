"""fal.ai's queue: an order is handed in once and looked after until it is done; nobody waits for it.

The addresses of a task are built from its name, although an answer names them too: the key goes nowhere else.
"""

import base64
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx2
from pydantic import BaseModel, ValidationError

from easel.catalog import planning, prices
from easel.catalog.sizes import Size
from easel.providers import http
from easel.providers.downloads import NotNow, download
from easel.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnsupported,
)
from easel.providers.http import AnswerUnreadable
from easel.providers.protocol import Made, Order, Picture, Task
from easel.providers.responses import counts, not_answered, retry_after, too_late
from easel.settings import ProviderSettings

NAME = "fal"
QUEUE = "https://queue.fal.run"
SUBMIT_SECONDS = 30.0  # handing in is quick: what takes longer is lost
LOOK_SECONDS = 10.0
FIRST_LOOK = 4  # seconds after an order was handed in
NEXT_LOOK = 5
WORDS_BYTES_MAX = 1_000_000  # an answer of the queue: addresses, no pictures
REFUSALS = frozenset({"content_policy_violation", "content_moderation_failed", "nsfw_content"})
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
FREE_QUALITY = "openai/"  # models that are told the quality; the others have none

KEY = ("key", "put a valid fal.ai key into the providers' secret")
REMEDIES: Mapping[int, tuple[str, str]] = {
    401: KEY,
    402: ("quota", "add credit at fal.ai/dashboard/billing"),
    403: ("quota", "add credit at fal.ai/dashboard/billing, or give the key the right to run models"),
    404: ("model", "fal.ai has no such model: check the catalog"),
}


class QueueResult(BaseModel):
    """What is read of a finished task."""

    class Image(BaseModel):
        """Where an image is."""

        url: str

    images: list[Image] = []
    usage: dict[str, Any] | None = None
    has_nsfw_concepts: list[bool] = []


class Fal:
    """Generations and edits; what a model draws is fetched like any stranger's picture."""

    def __init__(self, settings: ProviderSettings, key: str | None, *, fetch: Callable[..., bytes] = download) -> None:
        self._queue = settings.base_url or QUEUE
        self._loopback = settings.loopback
        self._key = key
        self._fetch = fetch

    def submit(self, order: Order) -> Task:
        """Hand in an order: one POST, which nobody sends again.

        Raises ProviderMisconfigured and ProviderUnavailable.
        """
        if not self._key:
            raise ProviderMisconfigured(f"{NAME}: no key", what=KEY[0], remedy=KEY[1])
        seconds = min(order.timeout_seconds, SUBMIT_SECONDS)
        path = f"{order.model}/edit" if order.references else order.model
        answer = self._sent("POST", path, seconds, json=words(order), headers={"x-fal-no-retry": "1"})
        if answer.status_code != 200:
            raise error_of(answer)
        name = _json(answer).get("request_id")
        if not isinstance(name, str) or not REQUEST_ID.fullmatch(name):
            raise ProviderUnavailable(f"{NAME}: it took the order and gave it no name", paid=True)
        return Task(f"{'/'.join(order.model.split('/')[:2])}/requests/{name}", FIRST_LOOK, each_micros(order))

    def look(self, task_id: str, order: Order) -> Made | Task:
        """The images, or the task again while it is not done or cannot be looked at just now."""
        again = Task(task_id, NEXT_LOOK)
        seconds = min(order.timeout_seconds, LOOK_SECONDS)
        try:
            status = self._sent("GET", f"{task_id}/status", seconds)
            if _not_now(status) or status.status_code == 202:
                return Task(task_id, retry_after(status.headers) or NEXT_LOOK)
            if status.status_code != 200:
                raise error_of(status, paid=True)
            if _json(status).get("status") != "COMPLETED":
                return again
            answer = self._sent("GET", task_id, seconds)
            if answer.status_code in (500, 502, 503, 504) and answer.headers.get("x-fal-retryable") == "true":
                return again
            return self._made(task_id, order, answer)
        except NotNow:
            return again
        except ProviderError as error:
            if isinstance(error.__cause__, httpx2.TransportError | TimeoutError):
                return again  # to look is free, and the task goes on without us
            raise

    def cancel(self, task_id: str) -> None:
        """Ask for it not to be made; what the queue says to that changes nothing."""
        try:
            self._sent("PUT", f"{task_id}/cancel", LOOK_SECONDS)
        except ProviderError:
            return

    def _made(self, task_id: str, order: Order, answer: httpx2.Response) -> Made:
        if answer.status_code != 200:
            raise error_of(answer, paid=answer.status_code < 500)
        try:
            result = QueueResult.model_validate(_json(answer))
        except ValidationError as error:
            raise ProviderUnavailable(f"{NAME}: an answer of another shape", paid=True) from error
        usage = counts(result.usage or {})
        facts: dict[str, Any] = {"request_id": task_id.rpartition("/")[2], "usage": usage}
        if any(result.has_nsfw_concepts):
            raise ProviderRefused(f"{NAME}: its checker blocked the image", stage="output", paid=True, **facts)
        cost = _counted(order, usage, len(result.images))
        if not result.images:
            raise ProviderUnavailable(f"{NAME}: an answer without images", paid=True, cost_micros=cost, **facts)
        return Made(**self._fetch_all(result.images[: order.n]), cost_micros=cost, **facts)

    def _fetch_all(self, found: Sequence[QueueResult.Image]) -> dict[str, Any]:
        """Every image that can be had, and why the others cannot: all were paid for. Raises where none can."""
        images, failed = [], []
        for image in found:
            try:
                images.append(self._fetched(image.url))
            except ProviderUnavailable as failure:
                failed.append(failure)
        if failed and not images:
            raise failed[0]
        return {"images": tuple(images), "reason": failed[0].reason if failed else None}

    def _fetched(self, url: str) -> bytes:
        return self._fetch(url, loopback=True) if self._loopback else self._fetch(url)

    def _sent(self, method: str, path: str, seconds: float, **more: Any) -> httpx2.Response:
        try:
            return http.within(seconds, self._ask(method, path, seconds, **more))
        except TimeoutError as error:
            raise too_late(NAME, seconds) from error
        except (httpx2.TransportError, AnswerUnreadable) as error:
            raise not_answered(NAME, error) from error

    async def _ask(
        self, method: str, path: str, seconds: float, *, headers: Mapping[str, str] | None = None, json: Any = None
    ) -> httpx2.Response:
        known = {"authorization": f"Key {self._key}", **(headers or {})}
        async with http.client(seconds, bytes_max=WORDS_BYTES_MAX) as client:
            return await client.request(method, f"{self._queue}/{path}", headers=known, json=json)


def words(order: Order) -> dict[str, Any]:
    """An order in fal's words."""
    said: dict[str, Any] = {
        "prompt": order.prompt,
        "image_size": {"width": order.width, "height": order.height},
        "num_images": order.n,
        "output_format": order.output_format,
    }
    if order.model.startswith(FREE_QUALITY):
        said["quality"] = order.quality
    if order.references:
        said["image_urls"] = [_data_url(picture) for picture in order.references]
    return said


def error_of(answer: httpx2.Response, *, paid: bool = False) -> ProviderError:
    """An answer that is not 200, as what to do next; `paid` is for a task that was taken on."""
    status = answer.status_code
    kind = _kind(answer)
    said = f"{NAME}: {status} {kind or 'without a type'}"
    if kind in REFUSALS:
        return ProviderRefused(said, stage="unknown", paid=paid)
    if 300 <= status < 400:
        return ProviderMisconfigured(said, what="address", remedy="check the provider's address", paid=paid)
    if wrong := REMEDIES.get(status):
        return ProviderMisconfigured(said, what=wrong[0], remedy=wrong[1], paid=paid)
    wait = retry_after(answer.headers)
    if status == 429:
        return ProviderBusy(said, retry_after_seconds=wait, paid=paid)
    if status >= 500 or status == 408:
        # fal does not bill these; what an edge wrote in its place may stand for a task that was taken on.
        return ProviderUnavailable(said, retry_after_seconds=wait, paid=paid or not _json(answer))
    return ProviderUnsupported(said, paid=paid)


def _kind(answer: httpx2.Response) -> str:
    """The type of an error: of the first of its details, or in a header."""
    detail = _json(answer).get("detail")
    if isinstance(detail, list):
        types = [str(each.get("type") or "") for each in detail if isinstance(each, Mapping)]
        return next((each for each in types if each in REFUSALS), next(iter(types), ""))
    return str(answer.headers.get("x-fal-error-type") or "")


def _counted(order: Order, usage: Mapping[str, int], images: int) -> int | None:
    """What a call cost by its counts, where it tells them."""
    price = planning.load().price_of(NAME, order.model)
    return None if price is None else prices.cost_micros(price, usage=usage, images=images)


def each_micros(order: Order) -> int | None:
    """What an image of this order costs by its price, the references measured where they are."""
    price = planning.load().price_of(NAME, order.model)
    if price is None:
        return None
    told = prices.PricedImage(
        size=Size(order.width, order.height), quality=order.quality, prompt_bytes=len(order.prompt.encode())
    )
    if isinstance(price, prices.MegapixelPrice):
        references = sum((price.reference_micros(each.pixels) for each in order.references), Decimal())
        return math.ceil(prices.expected_micros(price, told) + references)
    return prices.expected_micros(price, replace(told, references=len(order.references)))


def _not_now(answer: httpx2.Response) -> bool:
    return answer.status_code >= 500 or answer.status_code in (408, 429)


def _json(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, Mapping) else {}


def _data_url(picture: Picture) -> str:
    return f"data:{picture.mime_type};base64,{base64.b64encode(picture.content).decode('ascii')}"
