"""Post something to an https address on a server of others: one request, no redirects, and not much of the answer."""

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any

from easel.outbound.guarded_connection import GuardedConnector, Wire
from easel.outbound.urls import FetchFailed, Place, place_of

BYTES_MAX = 65_536  # of an answer that are read
SECONDS_MAX = 10.0
PIECE_BYTES = 16_384
HEADER = re.compile(r"[A-Za-z0-9-]{1,64}: [\x20-\x7e]{0,2048}")


@dataclass(frozen=True)
class Posted:
    """What a server answered: its status, the beginning of its body, and its Retry-After as it wrote it."""

    status: int
    content: bytes
    retry_after: str = ""


class Poster(GuardedConnector):
    """What goes out with something for others' servers."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS_MAX) -> Posted:
        """The answer to one POST, whatever its status. Raises FetchFailed where there was none within `seconds`."""
        until = self.now() + seconds
        place = place_of(url, ports=self.ports)
        request = _request(place, body, headers)
        with self.reach(place, until) as opened:
            opened.settimeout(self.left(until))
            opened.sendall(request)
            answer = HTTPResponse(Wire(opened, lambda: self.left(until)), method="POST")  # type: ignore[arg-type]
            with closing(answer):
                answer.begin()
                return Posted(answer.status, _beginning(answer), answer.headers.get("Retry-After", ""))


def _request(place: Place, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"POST {place.target} HTTP/1.1",
        f"Host: {place.header}",
        "User-Agent: Easel",
        "Accept: */*",
        "Accept-Encoding: identity",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    for name, value in headers.items():
        line = f"{name}: {value}"
        if not HEADER.fullmatch(line):
            raise FetchFailed(f"the header {name[:64]!r} is not one that can be sent")
        lines.append(line)
    return "\r\n".join((*lines, "", "")).encode("ascii") + body


def _beginning(answer: Any) -> bytes:
    """Up to BYTES_MAX of the body; once there is a status, a body that breaks off or drips changes nothing."""
    content = bytearray()
    try:
        while len(content) < BYTES_MAX and (piece := answer.read(min(PIECE_BYTES, BYTES_MAX - len(content)))):
            content += piece
    except (OSError, HTTPException, ValueError):
        pass
    return bytes(content)


post = Poster()
