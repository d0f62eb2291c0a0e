"""The guarded post: one request over a checked connection, whatever the server makes of it."""

import socket
from typing import Any

import pytest

from easel.outbound.guarded_post import BYTES_MAX, Posted, Poster
from easel.outbound.urls import FetchFailed
from tests.outbound.tls_server import NAME, PUBLIC, Server

URL = f"https://{NAME}/hook?from=easel"
HEADERS = {"webhook-id": "msg_1", "Content-Type": "application/json"}


def poster(server: Server, **parts: Any) -> Poster:
    """The real one, whose public addresses all lead to our server."""

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        assert (address, port) == (PUBLIC, 443)
        return socket.create_connection(server.listening.getsockname(), timeout=seconds)

    return Poster(**{"look_up": lambda *_: (PUBLIC,), "connect": connect, **parts})


def test_a_body_is_posted_with_its_headers_and_the_answer_comes_back(server: Server) -> None:
    server.answers = [[b"HTTP/1.1 202 Accepted\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\ndone"]]

    posted = poster(server)(URL, b'{"a":1}', HEADERS)

    assert posted == Posted(202, b"done", "7")
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    assert head.split("\r\n")[:2] == ["POST /hook?from=easel HTTP/1.1", f"Host: {NAME}"]
    assert {"webhook-id: msg_1", "Content-Length: 7", "Content-Type: application/json"} <= set(head.split("\r\n"))
    assert body == '{"a":1}'


def test_a_redirect_is_an_answer_and_is_not_followed(server: Server) -> None:
    server.answers = [[b"HTTP/1.1 307 Away\r\nLocation: https://images.example/b\r\nContent-Length: 0\r\n\r\n"]]

    assert poster(server)(URL, b"{}", HEADERS).status == 307
    assert len(server.requests) == 1


def test_no_more_of_an_answer_is_read_than_its_beginning(server: Server) -> None:
    server.answers = [[b"HTTP/1.1 200 OK\r\n\r\n", b"x" * (BYTES_MAX * 2)]]

    assert len(poster(server)(URL, b"{}", HEADERS).content) == BYTES_MAX


def test_a_body_that_breaks_off_does_not_undo_the_status(server: Server) -> None:
    server.answers = [[b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nthanks"]]

    posted = poster(server)(URL, b"{}", HEADERS)

    assert (posted.status, posted.content) == (200, b"thanks")


def test_a_server_that_drips_its_head_is_left_when_the_time_is_over(server: Server) -> None:
    server.pause = 0.05
    server.answers = [[bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\n" * 20]]

    with pytest.raises(FetchFailed, match="in time"):
        poster(server)(URL, b"{}", HEADERS, seconds=0.3)


@pytest.mark.parametrize(
    "url", ["http://images.example/", "https://images.example:8443/", "https://a:b@images.example/"]
)
def test_what_is_no_plain_https_address_is_not_connected_to(server: Server, url: str) -> None:
    with pytest.raises(FetchFailed):
        poster(server)(url, b"{}", HEADERS)
    assert server.requests == []


def test_a_host_inside_is_not_connected_to(server: Server) -> None:
    with pytest.raises(FetchFailed, match="not public"):
        poster(server, look_up=lambda *_: ("10.0.0.1", "127.0.0.1"))(URL, b"{}", HEADERS)
    assert server.requests == []


def test_a_header_that_would_begin_another_line_is_refused(server: Server) -> None:
    with pytest.raises(FetchFailed, match="header"):
        poster(server)(URL, b"{}", {"webhook-id": "a\r\nHost: inside"})
    assert server.requests == []
