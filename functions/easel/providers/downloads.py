"""Fetch a result from the address a provider names: a stranger's, whoever named it, and no key of ours goes along."""

import ipaddress
from urllib.parse import urlsplit

import httpx2

from easel.outbound.guarded_fetch import BYTES_MAX, LATER, Fetcher, fetch
from easel.outbound.urls import FetchFailed
from easel.providers import http
from easel.providers.errors import ProviderUnavailable
from easel.providers.http import AnswerUnreadable

SECONDS_MAX = 20.0


class NotNow(Exception):
    """The address did not answer; it may at another look."""


def download(
    url: str,
    *,
    seconds: float = SECONDS_MAX,
    bytes_max: int = BYTES_MAX,
    loopback: bool = False,
    fetch: Fetcher = fetch,
) -> bytes:
    """The bytes at an address. Raises ProviderUnavailable where they may never be had, NotNow where they may later."""
    try:
        if loopback and _is_loopback(url):
            return _from_a_stand_in(url, seconds, bytes_max)
        return fetch(url, seconds=seconds, bytes_max=bytes_max)
    except FetchFailed as failure:
        if failure.later:
            raise NotNow(str(failure)) from failure
        raise ProviderUnavailable(f"the result could not be fetched: {failure}", paid=True) from failure


def _from_a_stand_in(url: str, seconds: float, bytes_max: int) -> bytes:
    """What lies on this machine, over plain http; the guarded fetch would refuse it."""

    async def get() -> httpx2.Response:
        async with http.client(seconds, bytes_max=bytes_max, stranger=True) as client:
            return await client.get(url)

    try:
        answer = http.within(seconds, get())
    except (TimeoutError, httpx2.TransportError) as error:
        raise FetchFailed("the stand-in did not answer", later=True) from error
    except AnswerUnreadable as error:
        raise FetchFailed(str(error)) from error
    if answer.status_code != 200:
        raise FetchFailed(f"the stand-in answered {answer.status_code}", later=answer.status_code in LATER)
    return answer.content


def _is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
