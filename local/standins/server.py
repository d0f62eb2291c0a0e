"""A stand-in provider: every wire of `wires/` on loopback, scripted faults, and a record of what was asked."""

import select
import socket
import struct
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from local.standins import moderations, sketch, wires
from local.standins.exchange import Call, Drawing, Heard, Refusal, Reply, Wire, as_json
from local.standins.script import SCRIPT, Stage, Turn

BODY_BYTES_MAX = 200_000_000
LARGE_BYTES = 20_000_000
HUGE_BYTES = 60_000_000


@cache
def known_wires() -> tuple[Wire, ...]:
    """The wires of the package beside this file, by name."""
    names = sorted(module.name for module in iter_modules(wires.__path__))
    return tuple(import_module(f"{wires.__name__}.{name}").WIRE for name in names)


class Server(ThreadingHTTPServer):
    """One stand-in; `models` are names it serves besides OpenAI's own."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, *, name: str, models: Sequence[str] = ("sketch",)) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.stage = Stage(name)
        self.models = tuple(models)
        self.wires = known_wires()
        for wire in self.wires:
            wire.models = self.models

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is its own affair; anything else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def root(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        """What an OpenAI client takes as its base URL."""
        return f"{self.root}/v1"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Calls so far, health, and what a wire has to look at."""
        if self.path == "/_calls":
            self._reply(as_json({"calls": self.server.stage.called()}))
        elif self.path in ("/", "/_health"):
            self._reply(as_json({"name": self.server.stage.name, "status": "ok"}))
        else:
            self._looked_at(self._heard(b""))

    def do_PUT(self) -> None:
        """What a wire lets one change."""
        self._looked_at(self._heard(self._body()))

    def do_POST(self) -> None:
        """Images, or the stage's own doors."""
        body = self._body()
        if self.path == "/_script":
            self._script(body)
        elif self.path == "/_reset":
            self.server.stage.reset()
            self._reply(as_json({}))
        elif self.path == moderations.PATH:
            self._reply(moderations.moderated(self._heard(body), self.server.stage))
        else:
            self._images(self._heard(body))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: `GET /_calls` is the log."""

    def _body(self) -> bytes:
        return self.rfile.read(min(int(self.headers.get("content-length") or 0), BODY_BYTES_MAX))

    def _heard(self, body: bytes) -> Heard:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query))
        return Heard(self.command, parts.path, query, headers, body, root=self.server.root)

    def _script(self, body: bytes) -> None:
        try:
            self.server.stage.play(SCRIPT.validate_json(body))
        except ValidationError as error:
            self._reply(as_json({"error": {"message": str(error), "code": "bad_script"}}, 400))
        else:
            self._reply(as_json({"turns": len(self.server.stage.turns)}))

    def _looked_at(self, heard: Heard) -> None:
        for wire in self.server.wires:
            if (reply := wire.look(heard)) is not None:
                self._reply(reply)
                return
        self._reply(as_json({"error": {"message": f"no {self.path} here", "code": None}}, 404))

    def _images(self, heard: Heard) -> None:
        request_id = ""
        try:
            for wire in self.server.wires:
                if (call := wire.hear(heard)) is not None:
                    request_id = call.request_id
                    turn = self.server.stage.next(call.prompt)
                    self._record(heard, call, turn)
                    self._act(wire, heard, call, turn)
                    return
        except Refusal as refusal:
            self._reply(replace(refusal.reply, headers={"x-request-id": request_id, **refusal.reply.headers}))
            return
        self._looked_at(heard)

    def _record(self, heard: Heard, call: Call, turn: Turn) -> None:
        self.server.stage.record(
            {
                "at": int(time.time() * 1_000),
                "path": heard.path,
                "query": dict(heard.query),
                "words": dict(call.words),
                "prompt": call.words.get("prompt") or call.prompt,
                "model": call.model,
                "n": call.n,
                "files": [
                    {"field": f.field, "name": f.name, "mimeType": f.mime_type, "bytes": len(f.content)}
                    for f in call.files
                ],
                "headers": sorted(heard.headers),
                "clientRequestId": heard.headers.get("x-client-request-id"),
                "retryCount": heard.headers.get("x-stainless-retry-count"),
                "requestId": call.request_id,
                "did": turn.do,
            }
        )

    def _act(self, wire: Wire, heard: Heard, call: Call, turn: Turn) -> None:
        if (fault := wire.fault(call, turn)) is not None:
            self._reply(fault)
        elif turn.do == "hang":
            self._wait(turn.seconds)
            self._cut()
        elif turn.do == "reset":
            self._cut()
        else:
            drawing = wire.check(heard, call)
            reply = wire.answer(call, drawing, self._drawn(drawing, turn), turn, heard)
            if turn.do == "late" and reply.pieces is None:  # all is made, and the answer never leaves
                self._wait(turn.seconds)
                self._cut()
                return
            if turn.do == "slow":
                self._wait(turn.seconds)
            self._reply(reply, drip=turn.seconds if turn.do == "drip" else 0)

    def _drawn(self, drawing: Drawing, turn: Turn) -> list[bytes]:
        count = {"short": min(turn.count, drawing.n), "empty": 0}.get(turn.do, drawing.n)
        return [self._picture(drawing, index, turn) for index in range(count)]

    def _picture(self, drawing: Drawing, index: int, turn: Turn) -> bytes:
        if turn.do == "corrupt":
            return b"\x89PNG\r\n\x1a\nthis is where an image should be"
        label = f"stand-in {self.server.stage.name} · {drawing.model} · {drawing.quality}"
        picture = sketch.draw(
            sketch.Sketch(
                prompt=drawing.prompt,
                width=drawing.width,
                height=drawing.height,
                label=f"{label} · {drawing.width} x {drawing.height}",
                index=index,
                transparent=drawing.background == "transparent",
                references=drawing.references,
                mask=drawing.mask,
            )
        )
        content = sketch.encode(picture, drawing.output_format, drawing.output_compression)
        large = {"large": LARGE_BYTES, "huge": HUGE_BYTES}.get(turn.do)
        return sketch.padded(content, large) if large else content

    def _wait(self, seconds: float) -> None:
        """Until the time is over or the caller has gone."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            readable, _, _ = select.select([self.connection], [], [], min(left, 1.0))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def _cut(self) -> None:
        """Close with a reset instead of a farewell."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _reply(self, reply: Reply, *, drip: float = 0) -> None:
        headers = {"content-type": reply.mime_type, **reply.headers}
        if reply.pieces is not None:
            self._stream(reply, headers, drip)
            return
        self._head(reply.status, {**headers, "content-length": str(len(reply.body))})
        if drip:
            self._drip(reply.body, drip)
        else:
            self.wfile.write(reply.body)

    def _stream(self, reply: Reply, headers: Mapping[str, str], drip: float) -> None:
        self._head(reply.status, {**headers, "connection": "close"})
        self.close_connection = True
        for piece in reply.pieces or ():
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(drip / max(1, len(reply.pieces or ())))
        if reply.cut:
            self._cut()

    def _drip(self, body: bytes, seconds: float) -> None:
        pieces = max(2, int(seconds / 0.05))
        step = -(-len(body) // pieces)
        for start in range(0, len(body), step):
            time.sleep(seconds / pieces)
            self.wfile.write(body[start : start + step])

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
        self.send_response(status, phrase)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
