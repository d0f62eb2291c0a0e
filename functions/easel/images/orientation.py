"""Pictures turned as their cameras meant, and what a mask has to follow."""

import struct
import zlib
from dataclasses import dataclass

from PIL import Image

ORIENTATION = 0x0112
SIDEWAYS = 5  # from here on width and height change places
TRANSPOSED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow raises for bytes that only look like an image.
BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Orientation:
    """How a picture was brought upright and to size: what its mask has to go through as well."""

    orientation: int
    stored: tuple[int, int]
    upright: tuple[int, int]
    final: tuple[int, int]


def orientation_of(image: Image.Image) -> int:
    """How its camera was held, 1 to 8, as EXIF has it; what cannot be read says nothing."""
    try:
        found = image.getexif().get(ORIENTATION)
    except BROKEN:
        return 1
    return found if isinstance(found, int) and found in TRANSPOSED else 1


def turned(image: Image.Image) -> Image.Image:
    """The picture upright."""
    return transposed(image, orientation_of(image))


def transposed(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as one of that orientation has to be turned."""
    method = TRANSPOSED.get(orientation)
    if method is None:
        return image
    result = image.transpose(method)
    result.info = dict(image.info)
    return result
