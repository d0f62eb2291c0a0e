"""Pictures as files of pixels alone, no larger than Easel itself accepts.

What is opaque may become a JPEG, which is a tenth of a photo's PNG. What is not can only be made smaller: compressing
a PNG harder takes a minute and saves a fifth.
"""

import io
import math
from dataclasses import dataclass

from PIL import Image

from easel.errors import ImageRejected

CLEAN_BYTES_MAX = 10_000_000  # of one reference: providers take 16
SMALL = 1_000_000  # a PNG of fewer bytes may be many times what was sent
GROWTH_MAX = 3
PNG_LEVEL = 2  # at 6 a noisy picture takes seconds
PHOTO_QUALITY = 92
DRAWING_QUALITY = 95
LEAST_QUALITY = 85
SHRINKS_MAX = 8
MARGIN = 0.95
SAMPLE_PIXELS = 4_000_000  # of a larger picture's PNG the size is estimated first
TILES = 3  # a side, which are a sixteenth of the picture
DOUBT = 1.3  # an estimate may be wrong by this


@dataclass(frozen=True)
class File:
    """A picture's bytes, what they are, and the size that it has in them."""

    content: bytes
    mime_type: str
    size: tuple[int, int]


def clean_file(image: Image.Image, *, photo: bool, sent: int) -> File:
    """An RGB or RGBA picture as a file of at most CLEAN_BYTES_MAX. Raises ImageRejected.

    A photo becomes a JPEG, everything else a PNG: but an opaque picture a JPEG too where its PNG would be too large,
    or far larger than the `sent` bytes of the original. What is still too large is made smaller.
    """
    if image.mode == "RGBA":
        return _png_made_smaller(image)
    as_png = None if photo else png_within(image, CLEAN_BYTES_MAX)
    if as_png and len(as_png) <= max(SMALL, GROWTH_MAX * sent):
        return File(as_png, "image/png", image.size)
    as_jpeg = _jpeg_made_smaller(image, PHOTO_QUALITY if photo else DRAWING_QUALITY)
    if as_png and len(as_png) <= len(as_jpeg.content):
        return File(as_png, "image/png", image.size)
    return as_jpeg


def encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    """Pixels alone: metadata would be written from `info`, so it is emptied first."""
    image.info.clear()
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_within(image: Image.Image, most: int) -> bytes | None:
    """The picture as a PNG, None where that has more bytes than `most`."""
    return _as_png(image, most)[0]


def _as_png(image: Image.Image, most: int) -> tuple[bytes | None, int]:
    """The picture as a PNG, None where that has more bytes than `most`; and how many it has, or about so."""
    about = _png_bytes(image)
    if about > most * DOUBT:
        return None, about
    content = encoded(image, "PNG", compress_level=PNG_LEVEL)
    return (content if len(content) <= most else None), len(content)


def _png_made_smaller(image: Image.Image) -> File:
    for _ in range(SHRINKS_MAX):
        content, size = _as_png(image, CLEAN_BYTES_MAX)
        if content:
            return File(content, "image/png", image.size)
        image = _smaller(image, size)
    raise ImageRejected("it cannot be made small enough; send a smaller picture")


def _jpeg_made_smaller(image: Image.Image, quality: int) -> File:
    content = encoded(image, "JPEG", quality=quality, subsampling=0)
    for _ in range(SHRINKS_MAX):
        if len(content) <= CLEAN_BYTES_MAX:
            return File(content, "image/jpeg", image.size)
        content = encoded(image, "JPEG", quality=LEAST_QUALITY)
        if len(content) > CLEAN_BYTES_MAX:
            image = _smaller(image, len(content))
    raise ImageRejected("it cannot be made small enough; send a smaller picture")


def _png_bytes(image: Image.Image) -> int:
    """About how large its PNG is: from parts all over a large picture, 0 for one that is soon encoded."""
    if image.width * image.height <= SAMPLE_PIXELS:
        return 0
    wide, tall = image.width // (4 * TILES), image.height // (4 * TILES)
    if not (wide and tall):
        return 0
    corners = ((image.width * x // TILES, image.height * y // TILES) for x in range(TILES) for y in range(TILES))
    tiles = (image.crop((left, top, left + wide, top + tall)) for left, top in corners)
    found = sum(len(encoded(tile, "PNG", compress_level=PNG_LEVEL)) for tile in tiles)
    return found * (image.width * image.height) // (TILES * TILES * wide * tall)


def _smaller(image: Image.Image, size: int) -> Image.Image:
    """A picture whose file has so many bytes, with as many pixels less as are too many."""
    by = math.sqrt(CLEAN_BYTES_MAX / size) * MARGIN
    wide, tall = (max(1, round(edge * by)) for edge in image.size)
    return image.resize((wide, tall), Image.Resampling.LANCZOS, reducing_gap=2.0)
