"""How an image file is put together, walked without decoding it: files of endless pieces are refused before they cost.

A decoder's time grows with the pieces of a file, not only with its pixels: a JPEG may ask for a thousand passes over
the same picture, a PNG hold two million chunks.
"""

import re
import struct

from easel.errors import ImageRejected

PIECES_MAX = 20_000  # a 25 MB PNG in usual chunks of 8 KB has 3,000
SCANS_MAX = 40  # a progressive JPEG has about 10

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in coded data everything else is stuffing or a restart
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
SCAN, END = 0xDA, 0xD9


def must_be_reasonable(content: bytes) -> None:
    """Refuse a file of too many pieces; what is none of these forms is the decoder's to refuse."""
    if content.startswith(PNG):
        _walk_png(content)
    elif content.startswith(JPEG):
        _walk_jpeg(content)


def _walk_png(content: bytes) -> None:
    at, pieces = len(PNG), 0
    while at + 8 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        if content[at + 4 : at + 8] == b"IEND":
            return
        at += length + 12
        pieces += 1
        _must_be_few(pieces)


def _walk_jpeg(content: bytes) -> None:
    at, pieces, scans = 0, 0, 0
    while found := MARKER.search(content, at):
        kind, at = content[found.end() - 1], found.end()
        pieces += 1
        _must_be_few(pieces)
        if kind == END:
            return
        if kind == SCAN:
            scans += 1
            if scans > SCANS_MAX:
                raise ImageRejected(f"it is drawn in more than {SCANS_MAX} passes; save it anew")
        if kind != 0xD8 and kind not in ALONE and at + 2 <= len(content):
            (length,) = struct.unpack_from(">H", content, at)
            at += max(length, 2)


def _must_be_few(pieces: int) -> None:
    if pieces > PIECES_MAX:
        raise ImageRejected(f"it consists of more than {PIECES_MAX:,} pieces; save it anew")
