"""Fetch what an https address on a server of others holds, judged at the socket and not at the URL.

Each hop is looked up once, the connection goes to the very address that was checked, and TLS asks for the name that
was written. Nothing of this process goes along: no cookie, no credential, no proxy of the environment.
"""

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any

from easel.outbound.public_addresses import everybodys
from easel.outbound.urls import PORTS, FetchFailed, Place, onward, place_of

BYTES_MAX = 25_000_000
SECONDS_MAX = 10.0
REDIRECTS_MAX = 3
ADDRESSES_MAX = 3  # of one name that are tried
PIECE_BYTES = 65_536
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})  # the same address may answer at another time

LookUp = Callable[[str, int, float], Collection[str]]
Connect = Callable[[str, int, float], Any]
Secure = Callable[[Any, str, float], Any]


@dataclass(frozen=True)
class _Hop:
    """One answer: the bytes, or where they are instead."""

    content: bytes = b""
    location: str | None = None


def look_up(host: str, port: int, seconds: float) -> Collection[str]:
    """The addresses of a host, asked for once; the resolver knows no time limit, so it is left behind when late.

    Raises TimeoutError.
    """
    answer: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError("not a name"))
        else:
            answer.put([str(address[0]) for *_, address in found])

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answer.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise TimeoutError("the resolver did not answer in time") from None
    if isinstance(found, OSError):
        raise found
    return tuple(dict.fromkeys(found))


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to a public address; the address is the one that was checked, no name is looked up again.

    Raises FetchFailed.
    """
    if not everybodys(address):
        raise FetchFailed("the address leads to a network that is not public")
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.settimeout(seconds)
        made.connect((address, port))
    except BaseException:
        made.close()
        raise
    return made


def secure(plain: socket.socket, host: str, seconds: float) -> ssl.SSLSocket:
    """TLS with the certificate checked for the host that was asked for."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    plain.settimeout(seconds)
    return context.wrap_socket(plain, server_hostname=host)


@dataclass(frozen=True)
class Fetcher:
    """What goes out for the bytes of others' servers; its parts are given so that a proof can watch them."""

    look_up: LookUp = look_up
    connect: Connect = connect
    secure: Secure = secure
    now: Callable[[], float] = time.monotonic
    ports: Collection[int] = PORTS

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
        try:
            with self._opened(place, until) as opened:
                return self._answer(opened, place, bytes_max=bytes_max, until=until)
        except TimeoutError as error:
            raise FetchFailed("the address did not answer in time", later=True) from error
        except ssl.SSLError as error:
            raise FetchFailed("the address has no valid certificate") from error
        except (OSError, HTTPException, ValueError) as error:
            raise FetchFailed("the address could not be reached, or broke off", later=True) from error

    def _opened(self, place: Place, until: float) -> Any:
        """A connection to the first public address of the host that takes one."""
        found = self.look_up(place.host, place.port, self._left(until))
        public = [address for address in found if everybodys(address)]
        if not public:
            raise FetchFailed("the address leads to a network that is not public")
        failed: OSError | None = None
        for address in sorted(public, key=lambda each: ":" in each)[:ADDRESSES_MAX]:
            try:
                plain = self.connect(address, place.port, self._left(until))
            except TimeoutError:
                raise
            except OSError as error:
                failed = error
                continue
            return self._secured(plain, place, until)
        raise failed or OSError("no address")

    def _secured(self, plain: Any, place: Place, until: float) -> Any:
        try:
            return self.secure(plain, place.host, self._left(until))
        except BaseException:
            plain.close()
            raise

    def _answer(self, opened: Any, place: Place, *, bytes_max: int, until: float) -> _Hop:
        opened.settimeout(self._left(until))
        opened.sendall(_request(place))
        # what HTTPResponse asks of a socket is makefile alone
        answer = HTTPResponse(_Wire(opened, lambda: self._left(until)), method="GET")  # type: ignore[arg-type]
        with closing(answer):
            answer.begin()
            if answer.status in REDIRECTS and (location := answer.headers.get("Location")):
                return _Hop(location=location)
            if answer.status != 200:
                raise FetchFailed(f"the address answered {answer.status}", later=answer.status in LATER)
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise FetchFailed("the address answered in an encoding that was not asked for")
            return _Hop(content=_body(answer, bytes_max))

    def _left(self, until: float) -> float:
        left = until - self.now()
        if left <= 0:
            raise TimeoutError("time is over")
        return left


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


class _Wire(io.RawIOBase):
    """A socket as http.client reads it, each read bounded by the time that is left of the whole."""

    def __init__(self, opened: Any, left: Callable[[], float]) -> None:
        self._socket = opened
        self._left = left

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(self._left())
        return int(self._socket.recv_into(buffer))


fetch = Fetcher()
