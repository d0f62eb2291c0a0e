"""Images as untrusted bytes: decoded in full and measured, made into thumbnails, cleaned before a provider sees them.

Pillow is imported here and in `orientation` alone. Sizes are bounded before a pixel is decoded, so that a small file
cannot blow up into gigabytes.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from PIL import Image, ImageCms

from easel.errors import ImageRejected
from easel.images.containers import must_be_reasonable
from easel.images.orientation import BROKEN, SIDEWAYS, Orientation, orientation_of, transposed, turned

BYTES_MAX = 25_000_000
PIXELS_MAX = 40_000_000  # of what a provider made; five times 3840x2160
REFERENCE_PIXELS_MAX = 25_000_000  # of what a caller sent: a phone's photo
EDGE_MAX = 16_384
MASK_BYTES_MAX = 4_000_000
CLEAN_EDGE_MAX = 4_096  # no provider looks closer
PROFILE_BYTES_MAX = 4_000_000
JPEG_QUALITY = 92
PNG_LEVEL = 2  # at 6 a noisy picture takes seconds
THUMBNAIL_QUALITY = 80

SMOOTH = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})  # modes that can be made smaller as they are
MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "MPO": "image/jpeg", "WEBP": "image/webp"}
STILLS = frozenset({"JPEG", "MPO"})  # an MPO is a phone's JPEG with a second picture behind it, which is left alone

TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError, OverflowError)


T = TypeVar("T")


@dataclass(frozen=True)
class Facts:
    """What an image turned out to be."""

    width: int
    height: int
    mime_type: str
    alpha: bool = False


def examine(content: bytes) -> Facts:
    """Decode an image in full and say what it is; raises ImageRejected with the reason."""
    return _facts(_decoded(content))


def thumbnail(content: bytes, pixels: int = 512) -> bytes:
    """A WebP that fits a square of so many pixels, upright and without metadata."""
    decoded = _decoded(content)
    return _guarded(lambda: _reduced(turned(decoded), pixels))


def _reduced(image: Image.Image, pixels: int) -> bytes:
    image = _in_eight_bits(image)
    image.thumbnail((pixels, pixels), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _encoded(image, "WEBP", quality=THUMBNAIL_QUALITY, method=4)


def sanitize(content: bytes) -> tuple[bytes, Facts, Orientation]:
    """The same picture made anew: upright, in sRGB, no larger than needed, with nothing that is not pixels.

    A photo stays a JPEG; what has transparency, or was no JPEG, becomes a PNG.
    """
    image = _decoded(content, REFERENCE_PIXELS_MAX)
    kind, stored, orientation = image.format, image.size, orientation_of(image)
    upright = stored if orientation < SIDEWAYS else stored[::-1]
    return _guarded(lambda: _made_anew(image, kind, Orientation(orientation, stored, upright, upright)))


def _made_anew(image: Image.Image, kind: str | None, turn: Orientation) -> tuple[bytes, Facts, Orientation]:
    if image.mode in SMOOTH:  # first of all: everything after costs less then
        image.thumbnail((CLEAN_EDGE_MAX, CLEAN_EDGE_MAX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = _in_eight_bits(transposed(image, turn.orientation))
    image.thumbnail((CLEAN_EDGE_MAX, CLEAN_EDGE_MAX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    facts = Facts(image.width, image.height, "image/jpeg" if kind in STILLS else "image/png", image.mode == "RGBA")
    return _clean(image, facts), facts, replace(turn, final=image.size)


def sanitize_mask(content: bytes, turn: Orientation) -> tuple[bytes, Facts]:
    """A mask made anew, taken along where its reference went.

    It is drawn on the reference's pixels as they are stored, and turned with them; one that fits the upright picture
    alone was drawn on that, and stays as it is.

    Raises ImageRejected.
    """
    if len(content) >= MASK_BYTES_MAX:
        raise ImageRejected(f"it has {len(content):,} bytes; it must have fewer than {MASK_BYTES_MAX:,}")
    mask = _decoded(content, REFERENCE_PIXELS_MAX)
    if mask.format != "PNG" or not mask.has_transparency_data:
        raise ImageRejected("it must be a PNG with an alpha channel, transparent where the image may change")
    if mask.size == turn.stored:
        mask = transposed(mask, turn.orientation)
    elif mask.size != turn.upright:
        raise ImageRejected(
            f"it is {mask.width}x{mask.height}, the first reference {turn.stored[0]}x{turn.stored[1]}; "
            "they must have one size"
        )
    return _guarded(lambda: _mask_made_anew(mask, turn))


def _mask_made_anew(mask: Image.Image, turn: Orientation) -> tuple[bytes, Facts]:
    image = mask.convert("RGBA")
    if image.size != turn.final:
        image = image.resize(turn.final, Image.Resampling.BOX)
    facts = Facts(image.width, image.height, "image/png", alpha=True)
    return _clean(image, facts), facts


def _decoded(content: bytes, pixels_max: int = PIXELS_MAX) -> Image.Image:
    if not content:
        raise ImageRejected("it is empty")
    if len(content) > BYTES_MAX:
        raise ImageRejected(f"it has {len(content):,} bytes; at most {BYTES_MAX:,} are accepted")
    must_be_reasonable(content)
    return _guarded(lambda: _loaded(content, pixels_max))


def _guarded(work: Callable[[], T]) -> T:
    """What Pillow makes of bytes that may be anything."""
    try:
        return work()
    except TOO_LARGE as error:
        raise ImageRejected("it has too many pixels") from error
    except BROKEN as error:
        raise ImageRejected("it cannot be decoded as PNG, JPEG or WebP") from error


def _loaded(content: bytes, pixels_max: int) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP"))
    _bounded(image, pixels_max)
    image.load()
    plain = image._new(image.im)  # without its decoder, which holds the picture twice more
    plain.format = image.format
    return plain


def _bounded(image: Image.Image, pixels_max: int) -> None:
    if image.width * image.height > pixels_max or max(image.size) > EDGE_MAX:
        raise ImageRejected(
            f"it is {image.width}x{image.height}; at most {pixels_max:,} pixels and {EDGE_MAX:,} an edge are accepted"
        )
    if image.format not in STILLS and getattr(image, "n_frames", 1) != 1:
        raise ImageRejected("it is animated; send one still picture")


def _facts(image: Image.Image) -> Facts:
    return Facts(image.width, image.height, MIME_TYPES[image.format or ""], alpha=image.has_transparency_data)


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """In 8 bits of sRGB, with alpha only where there was some."""
    if image.mode.startswith("I") or image.mode == "F":
        image = image.point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if profile and len(profile) <= PROFILE_BYTES_MAX and image.mode in ("RGB", "RGBA", "CMYK"):
        image = _in_srgb(image, profile, mode)
    return image.convert(mode)


def _in_srgb(image: Image.Image, profile: bytes, mode: str) -> Image.Image:
    """Colours as the picture's own profile meant them; a profile that cannot be read is dropped."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _clean(image: Image.Image, facts: Facts) -> bytes:
    if facts.mime_type == "image/jpeg":
        return _encoded(image, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return _encoded(image, "PNG", compress_level=PNG_LEVEL)


def _encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    """Pixels alone: metadata would be written from `info`, so it is emptied first."""
    image.info.clear()
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
