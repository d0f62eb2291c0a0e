"""A JPEG, segment by segment: what cameras and programs write beside the picture is left out before it is decoded."""

import re
from collections.abc import Iterator

from easel.errors import ImageRejected
from easel.images.containers import Container, must_be_few

SCANS_MAX = 40  # a progressive JPEG has about 10

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in coded data everything else is stuffing or a restart
START, SCAN, END, COMMENT = 0xD8, 0xDA, 0xD9, 0xFE
ALONE = frozenset({0x01, START, *range(0xD0, 0xD8)})  # markers without a length
APPLICATIONS = range(0xE0, 0xF0)
NEEDED = (b"JFIF\0", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0", b"Adobe")
CLOSED = b"\xff\xd9"
OTHER_END = b"\x5a\xa7" * 2_048 + CLOSED  # coded data that no picture needs which is complete


def unpack(content: bytes) -> Container:
    """The first picture of the file, whose end is added where it is missing. Raises ImageRejected."""
    kept, scan_at, scans, end = [b"\xff\xd8"], len(content), 0, None
    for kind, start, after in _segments(content):
        if kind == END:
            end = after
            break
        if kind == SCAN:
            scans += 1
            scan_at = min(scan_at, start)
        elif not scans and kind != START and _needed(kind, content[start + 4 : start + 40]):
            kept.append(content[start:after])
    if scans > SCANS_MAX:
        raise ImageRejected(f"it is drawn in more than {SCANS_MAX} passes; save it anew")
    coded = content[scan_at:end] if end else content[scan_at:].rstrip(b"\xff") + CLOSED
    return Container(b"".join((*kept, coded)), cut_off=end is None, photo=True)


def with_another_end(content: bytes) -> bytes:
    """The file with more data before its end: it shows the same picture only if nothing of that was missing."""
    return content[: -len(CLOSED)] + OTHER_END


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Each marker with where it and its segment's end are; what lies between them is coded data, or nothing."""
    at, pieces, scans = 0, 0, 0
    while found := MARKER.search(content, at):
        kind, at = content[found.end() - 1], found.end()
        pieces, scans = pieces + 1, scans + (kind == SCAN)
        must_be_few(pieces)
        if kind not in ALONE and kind != END:
            at += max(int.from_bytes(content[at : at + 2]), 2)
        yield kind, found.start(), at
        if scans > SCANS_MAX:
            return


def _needed(kind: int, head: bytes) -> bool:
    """Whether decoding needs it: tables do, and what says how colours or the camera were meant."""
    if kind in APPLICATIONS:
        return head.startswith(NEEDED)
    return kind != COMMENT
