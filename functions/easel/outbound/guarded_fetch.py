"""Fetch what an https address on a server of others holds, each hop through a guarded connection of its own."""

from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

from easel.outbound.guarded_connection import GuardedConnector, Wire, connect, look_up
from easel.outbound.urls import FetchFailed, Place, onward, place_of

__all__ = ["BYTES_MAX", "LATER", "Fetcher", "connect", "fetch", "look_up"]

BYTES_MAX = 25_000_000
SECONDS_MAX = 10.0
REDIRECTS_MAX = 3
PIECE_BYTES = 65_536
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})  # the same address may answer at another time


@dataclass(frozen=True)
class _Hop:
    """One answer: the bytes, or where they are instead."""

    content: bytes = b""
    location: str | None = None


class Fetcher(GuardedConnector):
    """What goes out for the bytes of others' servers."""

    def __call__(self, url: str, *, bytes_max: int = BYTES_MAX, seconds: float = SECONDS_MAX) -> bytes:
        """The bytes at the address; raises FetchFailed where there are none that may be had."""
        until = self.now() + seconds
        for _ in range(REDIRECTS_MAX + 1):
            place = place_of(url, ports=self.ports)
            hop = self._ask(place, bytes_max=bytes_max, until=until)
            if hop.location is None:
                return hop.content
            url = onward(place, hop.location)
        raise FetchFailed(f"the address leads on more than {REDIRECTS_MAX} times")

    def _ask(self, place: Place, *, bytes_max: int, until: float) -> _Hop:
        with self.reach(place, until) as opened:
            return self._answer(opened, place, bytes_max=bytes_max, until=until)

    def _answer(self, opened: Any, place: Place, *, bytes_max: int, until: float) -> _Hop:
        opened.settimeout(self.left(until))
        opened.sendall(_request(place))
        answer = HTTPResponse(Wire(opened, lambda: self.left(until)), method="GET")  # type: ignore[arg-type]
        with closing(answer):
            answer.begin()
            if answer.status in REDIRECTS and (location := answer.headers.get("Location")):
                return _Hop(location=location)
            if answer.status != 200:
                raise FetchFailed(f"the address answered {answer.status}", later=answer.status in LATER)
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise FetchFailed("the address answered in an encoding that was not asked for")
            return _Hop(content=_body(answer, bytes_max))


def _request(place: Place) -> bytes:
    lines = (
        f"GET {place.target} HTTP/1.1",
        f"Host: {place.header}",
        "User-Agent: Easel",
        "Accept: image/png, image/jpeg, image/webp",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def _body(answer: HTTPResponse, bytes_max: int) -> bytes:
    announced = answer.length
    if announced is not None and announced > bytes_max:
        raise FetchFailed(f"the address holds {announced:,} bytes; at most {bytes_max:,} are accepted")
    content = bytearray()
    while piece := answer.read(PIECE_BYTES):
        content += piece
        if len(content) > bytes_max:
            raise FetchFailed(f"the address holds more than {bytes_max:,} bytes")
    if announced is not None and len(content) < announced:
        raise FetchFailed("the address broke off", later=True)
    return bytes(content)


fetch = Fetcher()
