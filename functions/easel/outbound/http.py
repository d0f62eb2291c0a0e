"""One HTTP request to a service that the operator configured: bounded in time and bytes, never repeated or redirected.

For an issuer's keys, Cloudflare's check and the moderation endpoint. Addresses that callers name go through
`guarded_fetch`, which checks where they lead.
"""

import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3

CHUNK_BYTES = 16_384


class Unreachable(Exception):
    """There was no usable answer, so nobody knows what it would have said; the text repeats nothing of the request."""


@dataclass(frozen=True)
class Response:
    """A whole answer, whatever its status."""

    status: int
    content: bytes


def request(
    method: str,
    url: str,
    *,
    seconds: float,
    bytes_max: int,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to one request. Raises Unreachable unless all of it comes within `seconds` and `bytes_max`.

    Sockets bound each read, not the whole, so a thread makes the request and is left behind when the time is over.
    """
    until = time.monotonic() + seconds
    outcome: queue.SimpleQueue[Response | Exception] = queue.SimpleQueue()

    def exchange() -> None:
        timeout = urllib3.Timeout(total=seconds)
        try:
            with urllib3.PoolManager(num_pools=1) as pool:
                answer = pool.request(
                    method,
                    url,
                    body=body,
                    headers=headers,
                    timeout=timeout,
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
                with answer:
                    outcome.put(Response(answer.status, _read(answer, until, bytes_max)))
        except (Unreachable, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            outcome.put(error)

    threading.Thread(target=exchange, daemon=True).start()
    try:
        found = outcome.get(timeout=seconds)
    except queue.Empty as error:
        raise Unreachable("no answer in time") from error
    if isinstance(found, Exception):
        raise Unreachable("no answer") from found
    return found


def _read(answer: urllib3.BaseHTTPResponse, until: float, bytes_max: int) -> bytes:
    """The body, however slowly or endlessly it is sent."""
    content = bytearray()
    while chunk := answer.read1(CHUNK_BYTES, decode_content=False):
        content += chunk
        if len(content) > bytes_max or time.monotonic() > until:
            raise Unreachable("too long an answer")
    return bytes(content)
