"""From bytes that may be anything to a picture in memory, or the reason why not.

Sizes are bounded before a pixel is decoded, so that a small file cannot blow up into gigabytes.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PIL import Image
from PIL.ImageFile import ImageFile

from easel import file_kinds
from easel.errors import ImageRejected
from easel.file_kinds import PHOTO_PIXELS_MAX, REFERENCE_PIXELS_MAX, FileKind
from easel.images import jpeg, png, webp
from easel.images.containers import Container
from easel.images.orientation import BROKEN

BYTES_MAX = 25_000_000
PIXELS_MAX = 40_000_000  # of what a provider made; five times 3840x2160
STRIP = 256  # rows

UNPACK = {file_kinds.PNG: png.unpack, file_kinds.JPEG: jpeg.unpack, file_kinds.WEBP: webp.unpack}
TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError, OverflowError)

T = TypeVar("T")


@dataclass(frozen=True)
class Decoded:
    """A picture in memory, perhaps smaller than it is `stored`; `photo` where its file had lost detail already."""

    image: Image.Image
    kind: FileKind
    stored: tuple[int, int]
    photo: bool


def decoded(content: bytes) -> Decoded:
    """What a provider made, in full. Raises ImageRejected with the reason."""
    return _decoded(content, PIXELS_MAX)


def decoded_reference(content: bytes) -> Decoded:
    """What a caller sent; a JPEG of too many pixels at half its size. Raises ImageRejected with the reason."""
    return _decoded(content, REFERENCE_PIXELS_MAX)


def decoded_overlay(content: bytes) -> Decoded:
    """What a caller sent to lie over a reference: as large as that may be. Raises ImageRejected with the reason."""
    return _decoded(content, PHOTO_PIXELS_MAX)


def guarded(work: Callable[[], T], reason: str) -> T:
    """What Pillow makes of bytes that may be anything; raises ImageRejected with this reason."""
    try:
        return work()
    except TOO_LARGE as error:
        raise ImageRejected("it has too many pixels") from error
    except BROKEN as error:
        raise ImageRejected(reason) from error


def _decoded(content: bytes, pixels_max: int) -> Decoded:
    if len(content) > BYTES_MAX:
        raise ImageRejected(f"it has {len(content):,} bytes; at most {BYTES_MAX:,} are accepted; make it smaller")
    kind = file_kinds.kind_of(content)
    if kind not in UNPACK:
        raise ImageRejected(f"it {file_kinds.why_not_taken(content)}")
    file = UNPACK[kind](content)
    if file.animated:
        raise ImageRejected("it is animated; send one still picture")
    reason = f"it is a {kind.name} that cannot be decoded: its data is damaged; save it anew and send that"
    if file.cut_off:
        reason = f"it is a {kind.name} that cannot be decoded: it is cut off before its end; send the whole file"
    return guarded(lambda: _loaded(file, kind, pixels_max, reason), reason)


def _loaded(file: Container, kind: FileKind, pixels_max: int, reason: str) -> Decoded:
    image = _opened(file.content)
    stored = image.size
    _must_be_bounded(image, kind, pixels_max)
    _load(image, pixels_max)
    if file.cut_off and kind is file_kinds.JPEG:
        other = _opened(jpeg.with_another_end(file.content))
        _load(other, pixels_max)
        if not _are_equal(image, other):
            raise ImageRejected(reason)
    plain = image._new(image.im)  # without its decoder, which holds the picture twice more
    plain.info.update(file.extras.items())
    return Decoded(plain, kind, stored, file.photo)


def _opened(content: bytes) -> ImageFile:
    return Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP"))


def _must_be_bounded(image: Image.Image, kind: FileKind, pixels_max: int) -> None:
    if why := file_kinds.why_too_large(kind, image.size, pixels_max):
        raise ImageRejected(f"it {why}")
    if kind is not file_kinds.JPEG and getattr(image, "n_frames", 1) != 1:
        raise ImageRejected("it is animated; send one still picture")


def _load(image: ImageFile, pixels_max: int) -> None:
    """Decode; with more pixels than this at half the size, for which the whole is never in memory."""
    if image.width * image.height > pixels_max:
        image.draft(None, (image.width // 2, image.height // 2))
    image.load()


def _are_equal(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures of one size are the same, a strip at a time."""
    strips = ((0, top, one.width, min(top + STRIP, one.height)) for top in range(0, one.height, STRIP))
    return all(one.crop(strip).tobytes() == other.crop(strip).tobytes() for strip in strips)
