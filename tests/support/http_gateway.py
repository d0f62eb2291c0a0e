"""The doors of a world behind a real socket, for clients that bring their own HTTP: below a stage, as gateways are.

Signed links lead to this server under another host name, which refuses whoever shows credentials there, as S3 does.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.support.gateway import Ask, Gateway

STAGE, BUCKET = "/live", "/bucket/"
HOP_BY_HOP = {"transfer-encoding", "connection", "host", "content-length"}


@dataclass
class Served:
    """A server; `cut` drops the answers to the requests of some numbers, after the door has done its work."""

    gateway: Gateway
    port: int = 0
    asked: list[Ask] = field(default_factory=list)
    cut: Callable[[int], bool] = lambda number: False

    @property
    def url(self) -> str:
        """What a client is told as its base URL."""
        return f"http://127.0.0.1:{self.port}{STAGE}/v1"

    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [f"{ask.method} {ask.path}" for ask in self.asked]


@contextmanager
def serving(gateway: Gateway) -> Iterator[Served]:
    """The doors, served until the end of the block."""
    served, lock = Served(gateway), threading.Lock()  # a world knows one request at a time
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(served, lock))
    served.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def _handler(served: Served, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *args: Any) -> None:
            """Nothing: tests say what was asked."""

        def _answer(self) -> None:
            if self.path.startswith(BUCKET):
                self._object()
                return
            body = self._body()
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            ask = Ask(self.command, self.path.removeprefix(STAGE), headers, body or None)
            with lock:
                served.asked.append(ask)
                number = len(served.asked) - 1
                answer = served.gateway.send(ask)
            if served.cut(number):
                self.close_connection = True
                self.connection.close()
                return
            told = dict(answer.headers)
            if "location" in told:
                told["location"] = self._nearby(told["location"])
            self._send(answer.status, told, answer.body)

        def _nearby(self, place: str) -> str:
            address = urlsplit(place)
            return f"http://localhost:{served.port}{BUCKET}{address.path.lstrip('/')}" if address.netloc else place

        def _object(self) -> None:
            if "authorization" in self.headers:
                self._send(400, {"content-type": "application/xml"}, b"<Error>only one auth mechanism allowed</Error>")
                return
            key = unquote(self.path.removeprefix(BUCKET))
            with lock:
                found = served.gateway.world.s3.get_object(Bucket="assets", Key=key)
            self._send(200, {"content-type": found["ContentType"]}, found["Body"].read())

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            pieces = b""
            while size := int(self.rfile.readline().strip(), 16):
                pieces += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return pieces

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
