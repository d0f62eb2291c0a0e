"""A stand-in provider in a thread of its own on a free port of loopback, and orders to give it."""

import base64
import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

from PIL import Image

from easel.providers import registry
from easel.providers.protocol import Order, Provider
from easel.settings import ProviderSettings
from local.standins.server import Server


@dataclass(frozen=True)
class StandIn:
    server: Server

    def will(self, *turns: str | dict[str, Any]) -> None:
        """Add lines to its script over its own wire."""
        lines = [{"do": turn} if isinstance(turn, str) else turn for turn in turns]
        self._ask("/_script", lines)

    def reset(self) -> None:
        self._ask("/_reset", [])

    def calls(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._ask("/_calls")["calls"])

    def provider(self, name: str = "openai", *, key: str | None = "a-key", model: str | None = None) -> Provider:
        return registry.build(name, ProviderSettings(base_url=self.server.url, model=model), key)

    def _ask(self, path: str, body: Any = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.server_port}{path}", data=data)
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback
            return cast("dict[str, Any]", json.load(answer))


@contextmanager
def a_stand_in() -> Iterator[StandIn]:
    server = Server(0, name="first")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield StandIn(server)
    finally:
        server.shutdown()
        server.server_close()


def an_order(**changes: Any) -> Order:
    fields: dict[str, Any] = {
        "model": "gpt-image-2",
        "prompt": "A lighthouse at dusk",
        "width": 1024,
        "height": 640,
        "quality": "medium",
        "n": 1,
        "output_format": "png",
        "timeout_seconds": 10.0,
        "client_request_id": "call-1",
        "safety_identifier": "hash-of-ann",
    }
    return Order(**{**fields, **changes})


def an_image(
    width: int = 64, height: int = 48, *, kind: str = "PNG", mode: str = "RGB", colour: Any = "teal", **options: Any
) -> bytes:
    out = BytesIO()
    Image.new(mode, (width, height), colour).save(out, kind, **options)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
