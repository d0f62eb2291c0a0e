"""What a file is, and which pictures are taken: told by bytes alone, never by a name, a label or the way it came. Pure.

Callers send what their phones and programs save. What Easel does not take is named, with what to do about it. Nothing
is decoded here: doors use it too.
"""

import re
from dataclasses import dataclass

HEAD_BYTES = 1_024  # an SVG or a page may begin with a comment
REFERENCE_PIXELS_MAX = 25_000_000  # of what a caller sent, decoded in full
PHOTO_PIXELS_MAX = 65_000_000  # of a caller's JPEG, which can be decoded at half its size
EDGE_MAX = 16_384
TAKEN = (
    f"One still PNG, JPEG or WebP of up to 25 MB and {REFERENCE_PIXELS_MAX:,} pixels (a JPEG {PHOTO_PIXELS_MAX:,}),"
    f" {EDGE_MAX:,} an edge; its bytes say which"
)
FRAME = re.compile(rb"\xff+[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf]...(..)(..)", re.DOTALL)  # a JPEG's size
SEGMENT = re.compile(rb"\xff+([\xc4\xc8\xcc\xdb\xdd-\xef\xfe])(..)", re.DOTALL)  # one that may go before it


@dataclass(frozen=True)
class FileKind:
    """What a file is; `mime_type` for the three kinds that Easel takes, `remedy` for all others."""

    name: str
    mime_type: str | None = None
    remedy: str = "send PNG, JPEG or WebP"


PNG = FileKind("PNG", "image/png")
JPEG = FileKind("JPEG", "image/jpeg")
WEBP = FileKind("WebP", "image/webp")

AS_JPEG = "save it as JPEG and send that"
AS_PNG = "save it as PNG and send that"
PAGE = FileKind("a web page", remedy="send the address of the picture itself")

# The first that fits. Where a form is a box of boxes, its second word says what is inside.
KINDS: tuple[tuple[re.Pattern[bytes], FileKind], ...] = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), kind)
    for pattern, kind in (
        (rb"\x89PNG\r\n\x1a\n", PNG),
        (rb"\xff\xd8\xff", JPEG),
        (rb"RIFF....WEBP", WEBP),
        (rb"GIF8[79]a", FileKind("GIF", remedy=f"if it moves, choose one frame; {AS_PNG}")),
        (rb"....ftypavi[fs]", FileKind("AVIF", remedy=AS_JPEG)),
        (rb"....ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", FileKind("HEIC, as iPhones save it", remedy=AS_JPEG)),
        (rb"....ftypcrx ", FileKind("a camera's raw file", remedy=AS_JPEG)),
        (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI ", FileKind("a video", remedy="send one still picture")),
        (rb"\xff\x0a|\0\0\0\x0cJXL \r\n", FileKind("JPEG XL", remedy=AS_JPEG)),
        (rb"\0\0\0\x0cjP  \r\n|\xff\x4f\xff\x51", FileKind("JPEG 2000", remedy=AS_JPEG)),
        (rb"II\*\0|MM\0\*|II\x2b\0|MM\0\x2b", FileKind("TIFF, or a camera's raw file", remedy=AS_JPEG)),
        (rb"BM.{4}\0\0\0\0", FileKind("BMP", remedy=AS_PNG)),
        (rb"\0\0\x01\0[^\0]", FileKind("an icon (ICO)", remedy=AS_PNG)),
        (rb"8BPS", FileKind("PSD", remedy=AS_PNG)),
        (rb"%PDF", FileKind("PDF", remedy="export the page as PNG and send that")),
        (rb"%!PS", FileKind("PostScript", remedy=AS_PNG)),
        (rb"(\xef\xbb\xbf)?\s*(<\?xml.*?\?>|<!--.*?-->|<!doctype svg.*?>|\s)*<svg\b", FileKind("SVG", remedy=AS_PNG)),
        (rb"(\xef\xbb\xbf)?\s*(<\?xml.*?\?>|<!--.*?-->|\s)*<(!doctype html|html|head|body)\b", PAGE),
        (rb"PK\x03\x04", FileKind("a ZIP archive", remedy="unpack it and send the picture in it")),
    )
)


def kind_of(content: bytes) -> FileKind | None:
    """What these bytes are; None where nobody here knows the form."""
    head = content[:HEAD_BYTES]
    return next((kind for pattern, kind in KINDS if pattern.match(head)), None)


def size_of(content: bytes) -> tuple[int, int] | None:
    """Width and height as the head of a PNG, JPEG or WebP has them; None where it does not say."""
    kind = kind_of(content)
    if kind is PNG and len(content) >= 24 and content[12:16] == b"IHDR":
        return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    if kind is WEBP and len(content) >= 30:
        return _size_of_webp(content)
    return _size_of_jpeg(content) if kind is JPEG else None


def _size_of_jpeg(content: bytes) -> tuple[int, int] | None:
    at = 2
    while found := SEGMENT.match(content, at):
        at = found.end() - 2 + max(int.from_bytes(found[2]), 2)
    frame = FRAME.match(content, at)
    return (int.from_bytes(frame[2]), int.from_bytes(frame[1])) if frame else None


def _size_of_webp(content: bytes) -> tuple[int, int] | None:
    name = content[12:16]
    if name == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if name == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 ":
        return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF
    return None


def why_too_large(kind: FileKind, size: tuple[int, int], pixels_max: int = REFERENCE_PIXELS_MAX) -> str | None:
    """Why a caller's picture of this kind and size is not taken, and what to do; None if it is."""
    width, height = size
    jpeg_max = max(PHOTO_PIXELS_MAX, pixels_max)
    if width * height <= (jpeg_max if kind is JPEG else pixels_max) and max(size) <= EDGE_MAX:
        return None
    jpegs = f" ({jpeg_max:,} of a JPEG)" if jpeg_max > pixels_max else ""
    return (
        f"is {width}x{height}; at most {pixels_max:,} pixels{jpegs} and {EDGE_MAX:,} an edge are accepted; "
        "make it smaller"
    )


def why_not_taken(content: bytes, pixels_max: int = REFERENCE_PIXELS_MAX) -> str | None:
    """Why a file that begins so is not taken, and what to do, to be read after "it" or a field's name; None if it is.

    Only what can be told without decoding.
    """
    if not content:
        return "is empty; send the whole file"
    kind, size = kind_of(content), size_of(content)
    if kind is None:
        return "cannot be decoded as PNG, JPEG or WebP"
    if kind.mime_type:
        return why_too_large(kind, size, pixels_max) if size else None
    return f"is {kind.name}, which cannot be decoded here; {kind.remedy}"
