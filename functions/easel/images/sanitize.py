"""Images as untrusted bytes: decoded in full and measured, made into thumbnails, cleaned before a provider sees them.

Pillow is imported in this package alone. What a caller lays over a reference is `overlays`.
"""

import io
from dataclasses import dataclass

from PIL import Image

from easel import file_kinds
from easel.images.colours import in_plain_mode, in_srgb
from easel.images.decode import Decoded, decoded, decoded_reference, guarded
from easel.images.encode import clean_file, encoded
from easel.images.orientation import SIDEWAYS, Orientation, orientation_of, transposed, turned

CLEAN_EDGE_MAX = 4_096  # no provider looks closer
THUMBNAIL_QUALITY = 80
COLOURLESS = "its colours cannot be read; save it as PNG or JPEG in RGB and send that"


@dataclass(frozen=True)
class Facts:
    """What an image turned out to be."""

    width: int
    height: int
    mime_type: str
    alpha: bool = False


def examine(content: bytes) -> Facts:
    """Decode an image in full and say what it is; raises ImageRejected with the reason."""
    found = decoded(content)
    return Facts(*found.stored, found.kind.mime_type or "", alpha=found.image.has_transparency_data)


def facts_of_our_own(content: bytes) -> Facts:
    """What a file that Easel made says of itself: nothing is decoded, so it costs the same however large it is."""
    image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP"))
    kind = file_kinds.kind_of(content)
    return Facts(image.width, image.height, (kind and kind.mime_type) or "", alpha=image.has_transparency_data)


def thumbnail(content: bytes, pixels: int = 512) -> bytes:
    """A WebP that fits a square of so many pixels, upright and without metadata. Raises ImageRejected."""
    image = decoded(content).image
    return guarded(lambda: _reduced(turned(image), pixels), COLOURLESS)


def _reduced(image: Image.Image, pixels: int) -> bytes:
    image = in_srgb(image)
    image.thumbnail((pixels, pixels), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return encoded(image, "WEBP", quality=THUMBNAIL_QUALITY, method=4)


def sanitize(content: bytes) -> tuple[bytes, Facts, Orientation]:
    """The same picture made anew: upright, in sRGB, no larger than needed, with nothing that is not pixels.

    A photo becomes a JPEG, other pictures a PNG while that is not too large (`encode`). Raises ImageRejected.
    """
    found = decoded_reference(content)
    return guarded(lambda: _made_anew(found, sent=len(content)), COLOURLESS)


def _made_anew(found: Decoded, *, sent: int) -> tuple[bytes, Facts, Orientation]:
    orientation = orientation_of(found.image)
    upright = found.stored if orientation < SIDEWAYS else found.stored[::-1]
    image = in_srgb(transposed(_no_larger_than_needed(found.image), orientation))
    file = clean_file(image, photo=found.photo, sent=sent)
    facts = Facts(*file.size, file.mime_type, alpha=image.mode == "RGBA")
    return file.content, facts, Orientation(orientation, found.stored, upright, file.size)


def _no_larger_than_needed(image: Image.Image) -> Image.Image:
    """First of all, since everything after costs less then: but not where a colour stands for "transparent"."""
    if max(image.size) > CLEAN_EDGE_MAX:
        image = in_plain_mode(image)
        image.thumbnail((CLEAN_EDGE_MAX, CLEAN_EDGE_MAX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image
