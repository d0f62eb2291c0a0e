"""One request to a configured service, over real sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from easel.outbound.http import Response, Unreachable, request


@contextmanager
def answering(*pieces: bytes, pause: float = 0) -> Iterator[str]:
    """The URL of a service that answers one request with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4_096)
                for piece in pieces:
                    try:
                        connection.sendall(piece)
                    except OSError:
                        return
                    time.sleep(pause)

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def test_an_answer_comes_with_its_status() -> None:
    with answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno") as url:
        assert request("GET", url, seconds=2, bytes_max=2) == Response(404, b"no")


def test_a_redirect_is_an_answer_and_leads_nowhere() -> None:
    with answering(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n") as url:
        assert request("POST", url, seconds=2, bytes_max=10, body=b"x").status == 302


def test_an_answer_of_too_many_bytes_is_none() -> None:
    with answering(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 11) as url, pytest.raises(Unreachable):
        request("GET", url, seconds=2, bytes_max=10)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_the_whole_is_bounded_where_headers_or_the_body_drip(start: bytes) -> None:
    drops = (bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\n" * 10)
    with answering(start, *drops, pause=0.05) as url:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            request("GET", url, seconds=0.3, bytes_max=1_000)
        assert time.monotonic() - began < 1.5


def test_what_is_said_of_a_failure_repeats_nothing_of_the_request() -> None:
    with pytest.raises(Unreachable) as failed:
        request("GET", "http://127.0.0.1:1/secret", seconds=1, bytes_max=10)
    assert "secret" not in str(failed.value)
