"""A bound on everything a provider may do to a call: how long it takes as a whole, and how much it answers.

HTTP libraries bound the gap between two bytes, so that a server sending one now and then could hold a worker for ever,
and a stranger's answer is read into memory whatever its size. Here both end at a number.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Coroutine
from functools import cache
from typing import Any, TypeVar

import httpx2

CONNECT_SECONDS = 5.0
IMAGE_BYTES_MAX = 36_000_000  # an image of 25 MB as base64, and some words around it
ANSWER_BYTES_MAX = 160_000_000  # what a worker has memory for
BYTES_PER_PIXEL = 4  # of an image as base64 that is not compressed at all: 3 bytes a pixel, and a third more

# The request never left: nothing was asked for, so nothing can be billed.
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)

Answered = TypeVar("Answered")


class AnswerUnreadable(Exception):
    """The answer is larger than any that was ordered, or encoded in a way that hides how large it is."""


def bytes_for(images: int) -> int:
    """The most an answer with so many images may have."""
    return min(ANSWER_BYTES_MAX, IMAGE_BYTES_MAX * max(1, images))


def images_per_answer(pixels: int) -> int:
    """How many images of so many pixels fit into one answer, however badly they compress; at least one."""
    return max(1, ANSWER_BYTES_MAX // (BYTES_PER_PIXEL * pixels))


def within(seconds: float, call: Coroutine[Any, Any, Answered]) -> Answered:
    """Run one call, cancelled when its time is over; raises TimeoutError then."""

    async def bounded() -> Answered:
        async with asyncio.timeout(seconds):
            return await call

    return asyncio.run(bounded())


def client(
    seconds: float, *, bytes_max: int, stranger: bool = False, kept: list[bytes] | None = None
) -> httpx2.AsyncClient:
    """A client for one call: no redirects, no retries, nothing read beyond `bytes_max`.

    A `stranger` is not asked by way of our proxies, and may not answer in an encoding that hides its size. Into `kept`
    goes what was read of a successful answer, piece by piece: where it is cut off, that much of it was paid for.
    """
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
        verify=trusted(),
        follow_redirects=False,
        headers={"accept-encoding": "identity"},
        trust_env=not stranger,
        event_hooks={"response": [_bounding(bytes_max, stranger=stranger, kept=kept)]},
    )


def _bounding(bytes_max: int, *, stranger: bool, kept: list[bytes] | None) -> Any:
    async def bound(answer: httpx2.Response) -> None:
        if stranger and answer.headers.get("content-encoding", "identity") != "identity":
            raise AnswerUnreadable("an answer in an encoding that was not asked for")
        announced = answer.headers.get("content-length", "")
        keeps = kept is not None and answer.is_success
        if announced.isdecimal() and int(announced) > bytes_max and not keeps:
            raise AnswerUnreadable(f"an answer of {int(announced):,} bytes")
        answer.stream = _Bounded(answer.stream, bytes_max, kept if keeps else None)

    return bound


class _Bounded(httpx2.AsyncByteStream):
    """A stream that ends with an error where it passes its bound."""

    def __init__(self, stream: Any, bytes_max: int, kept: list[bytes] | None) -> None:
        self._stream = stream
        self._left = bytes_max
        self._kept = kept

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._left -= len(piece)
            if self._left < 0:
                raise AnswerUnreadable("an answer without end")
            if self._kept is not None:
                self._kept.append(piece)
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


@cache
def trusted() -> ssl.SSLContext:
    """The roots we trust: read once, since every call has a client of its own."""
    return httpx2.create_ssl_context()
