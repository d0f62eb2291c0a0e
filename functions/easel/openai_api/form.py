"""A `multipart/form-data` body as OpenAI's clients send one: fields as JSON would have them, files by their digests.

Names decide what is a file, and bytes decide what kind: clients send `upload`, `blob` or no file name at all, and call
everything `application/octet-stream`.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from easel.errors import InvalidRequest, invalid
from easel.http.bodies import must_fit

IMAGES = ("image", "image[]")  # one, several or a list of one: each client has a way of its own
OVERLAYS = ("mask", "markup")
NUMBERS = ("n", "output_compression", "partial_images")
SWITCHES = ("stream", "easel[fallback]")
NESTED = re.compile(r"easel\[(\w{1,40})\](?:\[([^\[\]]{1,512})\])?")  # an object within a form, as the SDK writes it
PARTS_MAX = 80  # 18 files, the fields, and room for the metadata
NAME_CHARS_MAX = 80


@dataclass
class SentForm:
    """What a form holds: `images` and the overlays are SHA-256 digests, `contents` what has them."""

    fields: dict[str, Any] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    overlays: dict[str, str] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict, repr=False)

    def add(self, name: str, content: bytes) -> None:
        """Take in one part. Raises InvalidRequest."""
        if name not in (*IMAGES, *OVERLAYS):
            self._add_text(name, content)
            return
        digest = hashlib.sha256(content).hexdigest()
        self.contents[digest] = content
        if name in IMAGES:
            self.images.append(digest)
        elif self.overlays.setdefault(name, digest) != digest:
            raise invalid(name, "was sent twice; send one")

    def _add_text(self, name: str, content: bytes) -> None:
        shown = name[:NAME_CHARS_MAX]
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise invalid(shown, "is not UTF-8 text; files belong in image, image[], mask or markup") from None
        if not text and name != "prompt":
            return  # a form cannot leave a field out in any other way
        within, key = self._place(name)
        if key in within:
            raise invalid(shown, "was sent twice; send it once")
        within[key] = _value(name, text)

    def _place(self, name: str) -> tuple[dict[str, Any], str]:
        found = NESTED.fullmatch(name)
        if not found:
            return self.fields, name
        options = self.fields.setdefault("easel", {})
        if not isinstance(options, dict):
            raise invalid("easel", "was sent twice; send one object")
        outer, inner = found[1], found[2]
        if inner is None:
            return options, outer
        nested = options.setdefault(outer, {})
        if not isinstance(nested, dict):
            raise invalid(f"easel[{outer}]", "was sent twice; send one object")
        return nested, inner


async def read(chunks: AsyncIterator[bytes], content_type: str) -> SentForm:
    """The form in a body that comes in pieces; only its parts are kept. Raises InvalidRequest and PayloadTooLarge."""
    _, options = parse_options_header(content_type)
    boundary, form, received = options.get("boundary", ""), _Parts(), 0
    try:
        with PushMultipartParser(boundary, max_segment_count=PARTS_MAX) as parser:
            async for chunk in chunks:
                received += len(chunk)
                must_fit(received)
                for event in parser.parse(chunk) if chunk and not parser.closed else ():
                    form.take(event)
    except MultipartError as error:
        raise InvalidRequest(f"The body is not the form that its Content-Type says: {error}.") from None
    except UnicodeError:
        said = "The names of the form's parts are not UTF-8; send the form as your library makes it."
        raise InvalidRequest(said) from None
    return form.whole


class _Parts:
    """Puts a parser's events together."""

    def __init__(self) -> None:
        self.whole = SentForm()
        self._name, self._pieces = "", list[bytes]()

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        """One event: a part begins, goes on or ends."""
        if isinstance(event, MultipartSegment):
            self._name, self._pieces = event.name or "", []
        elif event is None:
            content = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
            self._pieces = []
            self.whole.add(self._name, content)
        else:
            self._pieces.append(bytes(event))


def _value(name: str, text: str) -> Any:
    """A text as its field would be in JSON; what cannot be is left as it is, and refused as the field's error."""
    if name in NUMBERS and re.fullmatch(r"-?\d{1,9}", text):
        return int(text)
    if name in SWITCHES and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if name == "easel":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise invalid("easel", "must be a JSON object") from None
    return text
