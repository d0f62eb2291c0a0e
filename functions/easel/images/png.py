"""A PNG, chunk by chunk: its pixels are handed on, its profile, key and words unpacked within bounds or dropped."""

import re
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from easel.images.containers import EXTRA_BYTES_MAX, Container, must_be_few

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NAME = re.compile(rb"[A-Za-z]{4}")
HEADER, DATA, END = b"IHDR", b"IDAT", b"IEND"
PALETTE, KEY, PROFILE, EXIF, ANIMATION = b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"acTL"
WORDS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
TELLING = frozenset({b"XML:com.adobe.xmp", b"Raw profile type exif"})  # texts that may say how a camera was held
GREY, COLOUR = 0, 2  # colour types of which one colour may stand for "nothing here"
FRAMES_MAX = 2**31 - 1
NAME_BYTES_MAX = 80


class Chunk(NamedTuple):
    """One piece of the file, and how it stands there."""

    name: bytes
    body: bytes
    written: bytes


def unpack(content: bytes) -> Container:
    """The file with what makes its pixels alone. Raises ImageRejected where it has too many pieces."""
    kept, extras, header, animated, ended = [SIGNATURE], dict[str, Any](), b"", False, False
    for chunk in _chunks(content):
        header = header or (chunk.body if chunk.name == HEADER else b"")
        animated = animated or (chunk.name == ANIMATION and 1 < _number(chunk.body) <= FRAMES_MAX)
        ended = chunk.name == END
        if _makes_pixels(chunk.name, header):
            kept.append(chunk.written)
        elif found := _extra(chunk, header):
            extras.setdefault(*found)
    if not ended:
        kept.append(_as_written(END, b""))
    return Container(b"".join(kept), extras, cut_off=not ended, animated=animated)


def _chunks(content: bytes) -> Iterator[Chunk]:
    """Each piece up to the end. One that is cut off is the last, closed so that what is there can be decoded."""
    at, pieces = len(SIGNATURE), 0
    while at + 8 <= len(content) and NAME.fullmatch(name := content[at + 4 : at + 8]):
        after = at + 12 + int.from_bytes(content[at : at + 4])
        if after > len(content):
            body = content[at + 8 : min(after - 4, len(content))]
            yield Chunk(name, body, _as_written(name, body))
            return
        yield Chunk(name, content[at + 8 : after - 4], content[at:after])
        if name == END:
            return
        at, pieces = after, pieces + 1
        must_be_few(pieces)


def _as_written(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + name + body + zlib.crc32(body, zlib.crc32(name)).to_bytes(4)


def _number(body: bytes) -> int:
    return int.from_bytes(body[:4])


def _makes_pixels(name: bytes, header: bytes) -> bool:
    """Critical pieces do, and a palette's transparency; one colour's is told to whoever turns colours into pixels."""
    return name[:1].isupper() or (name == KEY and header[9:10] not in (bytes([GREY]), bytes([COLOUR])))


def _extra(chunk: Chunk, header: bytes) -> tuple[str, Any] | None:
    """What a piece says of colours or of orientation, under the name by which Pillow knows it."""
    if chunk.name == KEY:
        return _key(chunk.body, header)
    if chunk.name == EXIF:
        return "exif", b"Exif\x00\x00" + chunk.body
    word = chunk.body[:NAME_BYTES_MAX].split(b"\0", 1)[0]
    rest = chunk.body[len(word) + 1 :]
    if chunk.name == PROFILE and rest[:1] == b"\0":
        profile = _inflated(rest[1:])
        return ("icc_profile", profile) if profile else None
    if chunk.name in WORDS and word in TELLING and (text := _text(chunk.name, rest)):
        return word.decode("ascii"), text.decode("utf-8", "replace")
    return None


def _key(body: bytes, header: bytes) -> tuple[str, Any] | None:
    """The colour that is transparent, as the decoded picture has it; a grey of 16 bits stays one."""
    bits, most = header[8], (1 << header[8]) - 1
    values = [int.from_bytes(body[at : at + 2]) & most for at in range(0, min(len(body), 6), 2)]
    if header[9] == COLOUR and len(values) == 3:
        return "transparency", tuple(value >> (bits - 8) for value in values)
    if header[9] == GREY and values:
        return "transparency", values[0] if bits >= 8 else values[0] * (255 // most)
    return None


def _text(kind: bytes, rest: bytes) -> bytes | None:
    if kind == b"tEXt":
        return rest[:EXTRA_BYTES_MAX]
    if kind == b"zTXt":
        return _inflated(rest[1:])
    packed, words = rest[:1] == b"\1", rest[2:].split(b"\0", 2)  # a language and the keyword in it go before
    if len(words) < 3:
        return None
    return _inflated(words[2]) if packed else words[2][:EXTRA_BYTES_MAX]


def _inflated(packed: bytes) -> bytes | None:
    """What was packed; None where it cannot be unpacked, or is larger than anybody needs."""
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(packed, EXTRA_BYTES_MAX)
    except zlib.error:
        return None
    return plain if unpacking.eof else None
