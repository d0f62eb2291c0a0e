"""What a wire is given and gives: a request as it came in, what it asks for, and a reply."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from PIL import Image

from local.standins.forms import File
from local.standins.script import Turn


@dataclass(frozen=True)
class Heard:
    """A request; header names are in lower case, `root` is where this server is."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    root: str

    @property
    def words(self) -> dict[str, Any]:
        """The body as a JSON object; raises Refusal where it is none."""
        try:
            words = json.loads(self.body)
        except ValueError as error:
            raise Refusal(400, {"message": "the body is not JSON"}) from error
        if not isinstance(words, dict):
            raise Refusal(400, {"message": "the body is not a JSON object"})
        return words


@dataclass(frozen=True)
class Call:
    """A request for images, understood as far as a script needs: whether it is legal is another question."""

    prompt: str
    model: str
    words: Mapping[str, Any]
    request_id: str
    n: int = 1
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """A legal request: what is to be drawn."""

    prompt: str
    model: str
    width: int
    height: int
    n: int = 1
    quality: str = "standard"
    background: str = "opaque"
    output_format: str = "png"
    output_compression: int | None = None
    references: tuple[Image.Image, ...] = ()
    mask: Image.Image | None = None
    markup: Image.Image | None = None


@dataclass(frozen=True)
class Reply:
    """An answer; `pieces` instead of `body` are sent one after the other, and `cut` ends them without a farewell."""

    status: int = 200
    body: bytes = b""
    mime_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] | None = None
    cut: bool = False


class Refusal(Exception):
    """A request that is not legal, as the wire writes it."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.reply = as_json(body, status, headers)


class Wire(Protocol):
    """One provider's wire. Its module holds one as `WIRE`."""

    models: tuple[str, ...]  # names that are served besides its own

    def look(self, heard: Heard) -> Reply | None:
        """An answer to whatever asks for no image; None where the path is not ours."""

    def hear(self, heard: Heard) -> Call | None:
        """A request for images; None where the path is not ours."""

    def fault(self, call: Call, turn: Turn) -> Reply | None:
        """How a fault of the script looks here; None where it is none, or happens on the wire beneath."""

    def check(self, heard: Heard, call: Call) -> Drawing:
        """What is to be drawn; raises Refusal where the request is not legal."""

    def answer(self, call: Call, drawing: Drawing, images: list[bytes], turn: Turn, heard: Heard) -> Reply:
        """The images, as this wire carries them."""


def as_json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply in JSON."""
    return Reply(status, json.dumps(body).encode(), headers=headers or {})
