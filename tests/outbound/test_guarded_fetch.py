"""The guarded fetch, against a server of our own with a certificate of our own."""

import socket
import threading
import time
from typing import Any

import pytest

from easel.outbound import guarded_fetch
from easel.outbound.guarded_fetch import Fetcher
from easel.outbound.public_addresses import everybodys
from easel.outbound.urls import FetchFailed, place_of
from tests.outbound.tls_server import NAME, PUBLIC, Server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbytes"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"


def fetcher(server: Server, **parts: Any) -> Fetcher:
    """The real one, whose public addresses all lead to our server."""

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        assert everybodys(address)
        assert port == 443
        return socket.create_connection(server.listening.getsockname(), timeout=seconds)

    return Fetcher(**{"look_up": lambda *_: (PUBLIC,), "connect": connect, **parts})


def refusal(fetch: Fetcher, url: str = f"https://{NAME}/a.png", **limits: Any) -> str:
    with pytest.raises(FetchFailed) as caught:
        fetch(url, **limits)
    return str(caught.value)


def test_the_bytes_are_fetched_under_the_name_that_was_written(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    server.answers = [[OK]]

    content = fetcher(server)(f"https://{NAME.upper()}./pic ture.png?size=1&q=é#top".replace(" ", "%20"))

    assert content == b"bytes"
    assert server.names == [NAME]
    head = server.requests[0].decode().split("\r\n")
    assert head[:2] == ["GET /pic%20ture.png?size=1&q=%C3%A9 HTTP/1.1", f"Host: {NAME}"]
    assert not [line for line in head if line.lower().startswith(("cookie", "authorization", "referer"))]


def test_a_certificate_of_another_name_is_refused(server: Server) -> None:
    server.answers = [[OK]]

    assert "certificate" in refusal(fetcher(server), "https://other.example/a.png")


def test_redirects_are_followed_three_times_and_each_is_looked_up(server: Server) -> None:
    asked: list[str] = []

    def look_up(host: str, _port: int, _seconds: float) -> tuple[str]:
        asked.append(host)
        return (PUBLIC,)

    onward = b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"
    server.answers = [[onward], [onward], [onward], [OK]]
    assert fetcher(server, look_up=look_up)(f"https://{NAME}/a.png") == b"bytes"
    assert asked == [NAME] * 4

    server.answers = [[onward]] * 4
    assert "more than 3 times" in refusal(fetcher(server))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "answered 304"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://images.example/\r\nContent-Length: 0\r\n\r\n", "https://"),
        (b"HTTP/1.1 302 Found\r\nLocation: https://[\r\nContent-Length: 0\r\n\r\n", "cannot be read"),
        (b"HTTP/1.1 302 Found\r\nLocation: https://images.example:8443/\r\nContent-Length: 0\r\n\r\n", "port 8443"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "holds 101 bytes; at most 100"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(101), "more than 100 bytes"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + bytes(101) + b"\r\n0\r\n\r\n",
            "more than 100",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nfew", "broke off"),
        (CHUNKED + b"few", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", "encoding"),
        (b"SSH-2.0-OpenSSH\r\n", "broke off"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "broke off"),
        (b"", "broke off"),
    ],
)
def test_what_is_not_the_bytes_is_refused_with_the_reason(server: Server, answer: bytes, says: str) -> None:
    server.answers = [[answer]]

    assert says in refusal(fetcher(server), bytes_max=100)


@pytest.mark.parametrize(
    ("answer", "later"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nfew", True),
        (b"", True),
        (b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", False),
    ],
)
def test_it_is_told_whether_the_address_may_answer_later(server: Server, answer: bytes, *, later: bool) -> None:
    server.answers = [[answer]]

    with pytest.raises(FetchFailed) as failed:
        fetcher(server)(f"https://{NAME}/a.png", bytes_max=100)

    assert failed.value.later is later


def test_a_server_that_drips_is_left_when_the_time_is_over(server: Server) -> None:
    server.pause = 0.05
    server.answers = [[bytes([byte]) for byte in OK * 20]]
    began = time.monotonic()

    assert "in time" in refusal(fetcher(server), seconds=0.5)
    assert time.monotonic() - began < 2


def test_a_resolver_that_never_answers_is_left_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: [stop.wait(5)][:0])

    with pytest.raises(TimeoutError):
        guarded_fetch.look_up(NAME, 443, 0.05)
    stop.set()


def test_the_next_public_address_is_tried_where_the_first_takes_nobody(server: Server) -> None:
    tried: list[str] = []
    through = fetcher(server).connect

    def connect(address: str, port: int, seconds: float) -> Any:
        tried.append(address)
        if address == PUBLIC:
            raise ConnectionRefusedError
        return through(address, port, seconds)

    server.answers = [[OK]]
    several = ("2606:4700::1", "10.0.0.1", PUBLIC)

    assert fetcher(server, connect=connect, look_up=lambda *_: several)(f"https://{NAME}/") == b"bytes"
    assert tried == [PUBLIC, "2606:4700::1"]


def test_a_connection_inwards_is_refused_whoever_asks_for_it() -> None:
    with pytest.raises(FetchFailed, match="not public"):
        guarded_fetch.connect("127.0.0.1", 443, 1)


def test_the_reason_repeats_nothing_of_the_address() -> None:
    for url in (
        "https://secret.example:99/",
        "ftp://secret.example/",
        "https://secret@a.example/",
        "https://secret b/",
    ):
        with pytest.raises(FetchFailed) as caught:
            place_of(url)
        assert "secret" not in str(caught.value)
