"""Websites under development on this machine: whichever port one has, the local stage answers it. Pure.

A deployed stage knows its websites one by one. Here nobody knows the next tool's port, so a request of any page on
loopback is passed on in the name of the one website that the stage knows, and the answer names the page that asked.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Website:
    """The page that asks, and the website in whose name its request is passed on."""

    asking: bytes
    known: bytes

    def request(self, headers: Iterable[tuple[bytes, bytes]]) -> Headers:
        """The headers of its request as they are passed on."""
        return [(name, self.known if name.lower() == b"origin" else value) for name, value in headers]

    def answer(self, headers: Iterable[tuple[bytes, bytes]]) -> Headers:
        """The headers of the answer as the browser must see them."""
        return [
            (name, self.asking if (name.lower(), value) == (b"access-control-allow-origin", self.known) else value)
            for name, value in headers
        ]


def asking(headers: Iterable[tuple[bytes, bytes]], *, own: str, known: str) -> Website:
    """The website whose page sends these headers; whoever is not on loopback, or is our own page, speaks for itself."""
    origin = next((value for name, value in headers if name.lower() == b"origin"), b"")
    mapped = known.encode() if known and origin != own.encode() and _on_loopback(origin) else origin
    return Website(asking=origin, known=mapped)


def _on_loopback(origin: bytes) -> bool:
    try:
        host = urlsplit(origin.decode("ascii")).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
