"""Fetch a result from the address a provider names: a stranger's, whoever named it.

No key of ours goes along, no redirect is followed, and only public addresses are asked: the name is looked up once and
the connection goes to an address that was checked. Time and size are bounded.
"""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx2

from easel.errors import ProviderUnavailable
from easel.providers import bounded
from easel.providers.bounded import AnswerUnreadable

BYTES_MAX = 25_000_000
SECONDS_MAX = 20.0
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})  # the same address may answer at another look


class NotNow(Exception):
    """The address did not answer; it may at another look."""


def download(url: str, *, seconds: float = SECONDS_MAX, bytes_max: int = BYTES_MAX, loopback: bool = False) -> bytes:
    """The bytes at an address. Raises ProviderUnavailable where they may never be had, NotNow where they may later."""
    try:
        return bounded.within(seconds, _get(url, seconds, bytes_max, loopback=loopback))
    except (TimeoutError, httpx2.TransportError, OSError) as error:
        raise NotNow(type(error).__name__) from error
    except (httpx2.InvalidURL, AnswerUnreadable, ValueError) as error:
        raise _never(str(error) or "no address") from error


async def _get(url: str, seconds: float, bytes_max: int, *, loopback: bool) -> bytes:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    own = loopback and parts.scheme == "http" and _is_loopback(host)
    if not own and (parts.scheme != "https" or port != 443 or parts.username is not None):
        raise _never("its address is not plain https")
    there = host if own else _public(host)
    async with bounded.client(seconds, bytes_max=bytes_max, stranger=True) as client:
        target = httpx2.URL(url).copy_with(host=there)
        # TLS asks for the name that was written, and checks the certificate against it.
        named: dict[str, Any] = {} if own else {"extensions": {"sni_hostname": host}}
        answer = await client.get(target, headers={} if own else {"host": host}, **named)
        if answer.status_code in LATER:
            raise NotNow(f"status {answer.status_code}")
        if answer.status_code != 200:
            raise _never(f"its address answered {answer.status_code}")
        return answer.content


def _public(host: str) -> str:
    """One address of a host, all of which must be public."""
    found = {str(each[4][0]) for each in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    addresses = [ipaddress.ip_address(each.partition("%")[0]) for each in found]
    if not addresses or not all(each.is_global and not each.is_multicast for each in addresses):
        raise _never("its address leads to a network that is not public")
    return str(min(addresses, key=lambda each: (each.version, int(each))))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _never(why: str) -> ProviderUnavailable:
    return ProviderUnavailable(f"the result could not be fetched: {why}", paid=True)
