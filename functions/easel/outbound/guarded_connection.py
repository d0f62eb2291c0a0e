"""Connections to servers of others, judged at the socket and not at the URL: what `fetch` and `post` both go through.

A host is looked up once, the connection goes to the very address that was checked, and TLS asks for the name that was
written. Nothing of this process goes along: no cookie, no credential, no proxy of the environment.
"""

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from easel.outbound.public_addresses import everybodys
from easel.outbound.urls import PORTS, FetchFailed, Place

ADDRESSES_MAX = 3  # of one name that are tried

LookUp = Callable[[str, int, float], Collection[str]]
Connect = Callable[[str, int, float], Any]
Secure = Callable[[Any, str, float], Any]


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
class GuardedConnector:
    """What goes out to others' servers; its parts are given so that a proof can watch them."""

    look_up: LookUp = look_up
    connect: Connect = connect
    secure: Secure = secure
    now: Callable[[], float] = time.monotonic
    ports: Collection[int] = PORTS

    @contextmanager
    def reach(self, place: Place, until: float) -> Iterator[Any]:
        """A connection to the host, closed afterwards; what goes wrong with it meanwhile is raised as FetchFailed."""
        try:
            with self._opened(place, until) as opened:
                yield opened
        except TimeoutError as error:
            raise FetchFailed("the address did not answer in time", later=True) from error
        except ssl.SSLError as error:
            raise FetchFailed("the address has no valid certificate") from error
        except (OSError, HTTPException, ValueError) as error:
            raise FetchFailed("the address could not be reached, or broke off", later=True) from error

    def _opened(self, place: Place, until: float) -> Any:
        """A connection to the first public address of the host that takes one, under TLS."""
        found = self.look_up(place.host, place.port, self.left(until))
        public = [address for address in found if everybodys(address)]
        if not public:
            raise FetchFailed("the address leads to a network that is not public")
        failed: OSError | None = None
        for address in sorted(public, key=lambda each: ":" in each)[:ADDRESSES_MAX]:
            try:
                plain = self.connect(address, place.port, self.left(until))
            except TimeoutError:
                raise
            except OSError as error:
                failed = error
                continue
            return self._secured(plain, place, until)
        raise failed or OSError("no address")

    def _secured(self, plain: Any, place: Place, until: float) -> Any:
        try:
            return self.secure(plain, place.host, self.left(until))
        except BaseException:
            plain.close()
            raise

    def left(self, until: float) -> float:
        """The seconds that are left until then. Raises TimeoutError."""
        left = until - self.now()
        if left <= 0:
            raise TimeoutError("time is over")
        return left


class Wire(io.RawIOBase):
    """A socket as http.client reads it, each read bounded by the time that is left of the whole."""

    def __init__(self, opened: Any, left: Callable[[], float]) -> None:
        self._socket = opened
        self._left = left

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """That it is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """How many bytes came, in the time that is left."""
        self._socket.settimeout(self._left())
        return int(self._socket.recv_into(buffer))
