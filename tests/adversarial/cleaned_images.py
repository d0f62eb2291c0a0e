"""What becomes of a file: cleaned as a reference, a mask and a markup, and looked through piece by piece."""

import re
import struct
import time
from collections.abc import Iterator
from typing import Any

from easel.errors import ImageRejected
from easel.images import encode, overlays, sanitize
from easel.images.orientation import Orientation
from tests.adversarial.hostile_images import CANARY
from tests.support.picture_files import PNG

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
JPEG_PARTS = frozenset({0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA, 0xD9})


def cleaned(content: bytes) -> dict[str, Any]:
    """What a child finds, and the processor time of its longest step: looking at what was made is not one of them."""
    began = time.process_time()
    try:
        made, facts, turn = sanitize.sanitize(content)
    except ImageRejected as rejection:
        return {"said": "refused", "reason": str(rejection)}
    found: dict[str, Any] = {"said": "accepted", "clear": facts.alpha, "step": time.process_time() - began}
    found["foreign"] = foreign(made)
    found["unfit"] = unfit(made, facts, encode.CLEAN_BYTES_MAX)
    if len(content) < overlays.OVERLAY_BYTES_MAX:
        for name, clean in (("mask", overlays.sanitize_mask), ("markup", overlays.sanitize_markup)):
            _lay_over(found, name, clean, content, turn)
    return found


def _lay_over(found: dict[str, Any], name: str, clean: Any, content: bytes, turn: Orientation) -> None:
    began = time.process_time()
    try:
        made, facts = clean(content, turn)
    except ImageRejected as rejection:
        found[name] = f"refused: {rejection}"
        return
    found[name], found["step"] = "accepted", max(found["step"], time.process_time() - began)
    found["foreign"] += foreign(made)
    found["unfit"] += unfit(made, facts, overlays.OVERLAY_BYTES_MAX - 1)
    if (facts.width, facts.height) != turn.final or not facts.alpha:
        found["unfit"].append(f"a {name} that does not lie on its reference")


def unfit(made: bytes, facts: sanitize.Facts, bytes_max: int) -> list[str]:
    """Why what we made ourselves would be refused, or is not what we said of it."""
    if len(made) > bytes_max:
        return [f"{len(made):,} bytes"]
    try:
        seen = sanitize.examine(made)
    except ImageRejected as rejection:
        return [f"a file that is refused: {rejection}"]
    return [] if seen == facts == sanitize.facts_of_our_own(made) else [f"{seen} that was said to be {facts}"]


def foreign(made: bytes) -> list[str]:
    """What of a cleaned file is not its picture."""
    found = ["the canary"] if CANARY[:13] in made else []
    if made.startswith(PNG):
        return found + [name for name in _png_parts(made) if name not in ("IHDR", "IDAT", "IEND")]
    return found + _jpeg_parts(made)


def _png_parts(made: bytes) -> Iterator[str]:
    at = 8
    while at < len(made):
        (length,) = struct.unpack_from(">I", made, at)
        name = made[at + 4 : at + 8].decode("latin-1")
        yield name
        at += length + 12
        if name == "IEND" and at != len(made):
            yield "a tail"
            return


def _jpeg_parts(made: bytes) -> list[str]:
    at, found = 0, []
    while marker := MARKER.search(made, at):
        kind, at = made[marker.end() - 1], marker.end()
        if kind not in JPEG_PARTS:
            found.append(f"part {kind:x}")
        if kind == 0xD9:
            return found + (["a tail"] if at != len(made) else [])
        if kind != 0xD8:
            (length,) = struct.unpack_from(">H", made, at)
            if kind == 0xE0 and made[at + 2 : at + 7] != b"JFIF\0":
                found.append("part e0")
            at += length
    return [*found, "no end"]
