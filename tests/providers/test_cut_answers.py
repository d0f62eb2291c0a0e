"""Answers that are cut off: what came whole was paid for and is kept, by OpenAI's adapter and by fal's."""

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest

from easel.providers import http, registry
from easel.providers.errors import ProviderUnavailable, ProviderUnknown
from easel.providers.fal import Fal
from easel.providers.protocol import Made, Provider
from easel.settings import ProviderSettings
from tests.support.stand_ins import an_image, an_order

Write = Callable[[io.BufferedIOBase], object]


@contextmanager
def answering(write: Write, *, length: int, status: int = 200) -> Iterator[Provider]:
    """OpenAI's adapter before a server that announces so many bytes and then writes what it likes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(length))
            self.end_headers()
            try:
                write(self.wfile)
            except OSError:
                return  # the client has heard enough

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/v1"
        yield registry.build("openai", ProviderSettings(base_url=address), "a-key")
    finally:
        server.shutdown()
        server.server_close()


def beginning(*images: bytes) -> bytes:
    """The answer's beginning: whole images, and the first bytes of one more."""
    data = [{"b64_json": base64.b64encode(image).decode()} for image in images]
    return json.dumps({"created": 1, "data": [*data, {"b64_json": "QUJD"}]}).encode()[: -len('"}]}')]


def test_of_an_answer_beyond_its_bytes_the_whole_images_are_kept() -> None:
    image = an_image()
    begun, bound = beginning(image), http.bytes_for(2)

    def write(out: io.BufferedIOBase) -> None:
        out.write(begun)
        for _ in range(bound // 1_000_000 + 1):
            out.write(b"A" * 1_000_000)

    with answering(write, length=len(begun) + bound + 2_000_000) as provider:
        made = provider.make(an_order(n=2))

    assert made.images == (image,)
    assert made.cost_micros is None  # nobody said: it counts as the worst
    assert made.reason is not None
    assert "1 of 2 images were whole" in made.reason


def test_of_an_answer_whose_connection_broke_the_whole_images_are_kept() -> None:
    first, second = an_image(width=64), an_image(width=32)
    begun = beginning(first, second)

    with answering(lambda out: out.write(begun), length=len(begun) + 10) as provider:
        made = provider.make(an_order(n=3))

    assert made.images == (first, second)


def test_a_cut_answer_without_a_whole_image_may_have_been_billed() -> None:
    begun = beginning()

    with (
        answering(lambda out: out.write(begun), length=len(begun) + 10) as provider,
        pytest.raises(ProviderUnknown) as lost,
    ):
        provider.make(an_order(n=3))

    assert lost.value.paid


def test_nothing_is_read_out_of_an_error_that_was_cut() -> None:
    begun = beginning(an_image())

    with (
        answering(lambda out: out.write(begun), length=len(begun) + 10, status=500) as provider,
        pytest.raises(ProviderUnknown),
    ):
        provider.make(an_order(n=3))


def looked_at_fal(fetch: Callable[..., bytes]) -> Made:
    """What fal's adapter makes of a finished task of two images."""
    adapter = Fal(ProviderSettings(), "a-key", fetch=fetch)
    result = {"images": [{"url": "https://a.example/1"}, {"url": "https://a.example/2"}]}
    return adapter._made("fal-ai/x/requests/1", an_order(n=2), httpx2.Response(200, json=result))


def test_a_picture_at_fal_that_cannot_be_fetched_does_not_cost_the_others() -> None:
    def fetch(url: str) -> bytes:
        if url.endswith("1"):
            raise ProviderUnavailable("the result could not be fetched: it is too large", paid=True)
        return b"a picture"

    made = looked_at_fal(fetch)

    assert made.images == (b"a picture",)
    assert made.reason == "the result could not be fetched: it is too large"


def test_at_fal_nothing_that_can_be_fetched_is_a_failure_that_was_paid_for() -> None:
    def fetch(url: str) -> bytes:
        raise ProviderUnavailable("the result could not be fetched: it is too large", paid=True)

    with pytest.raises(ProviderUnavailable, match="too large") as failure:
        looked_at_fal(fetch)

    assert failure.value.paid
