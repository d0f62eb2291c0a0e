import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from easel.identity import jwks
from easel.identity.jwks import BYTES_MAX, download
from easel.outbound.http import Unreachable

Answer = Callable[[BaseHTTPRequestHandler], None]


class Publisher(BaseHTTPRequestHandler):
    answer: Answer

    def do_GET(self) -> None:
        try:
            type(self).answer(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def published() -> Iterator[Callable[[Answer], str]]:
    servers: list[HTTPServer] = []

    def publish(answer: Answer) -> str:
        handler = type("Handler", (Publisher,), {"answer": staticmethod(answer)})
        server = HTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/keys"

    yield publish
    for server in servers:
        server.shutdown()
        server.server_close()


def whole(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    request.wfile.write(b'{"keys": []}')


def elsewhere(request: BaseHTTPRequestHandler) -> None:
    request.send_response(302)
    request.send_header("Location", "http://169.254.169.254/latest/meta-data")
    request.end_headers()


def missing(request: BaseHTTPRequestHandler) -> None:
    request.send_error(404)


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(BYTES_MAX // 1_000 + 100):
        request.wfile.write(b" " * 1_000)


def dripping(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(50):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.05)


def late(request: BaseHTTPRequestHandler) -> None:
    time.sleep(0.3)
    whole(request)


def test_a_key_set_is_downloaded(published: Callable[[Answer], str]) -> None:
    assert download(published(whole)) == b'{"keys": []}'


@pytest.mark.parametrize("answer", [elsewhere, missing, endless])
def test_what_is_no_key_set_is_not_taken_for_one(published: Callable[[Answer], str], answer: Answer) -> None:
    with pytest.raises(Unreachable):
        download(published(answer))


@pytest.mark.parametrize("answer", [dripping, late])
def test_a_key_set_that_comes_slowly_does_not_hold_the_authorizer(
    published: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr(jwks, "SECONDS_MAX", 0.2)

    with pytest.raises(Unreachable):
        download(published(answer))


def test_nobody_there_is_said_so() -> None:
    with pytest.raises(Unreachable):
        download("http://127.0.0.1:1/keys")
