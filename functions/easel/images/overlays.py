"""What a caller lays over the first reference, a mask or a markup, taken along where that reference went.

Of a mask only its transparency means anything. A markup is looked at, so it keeps its colours.
"""

from collections.abc import Iterator

from PIL import Image

from easel import file_kinds
from easel.errors import ImageRejected
from easel.images.colours import OPAQUE, alpha_of, in_plain_mode, in_srgb, is_opaque
from easel.images.decode import decoded_overlay, guarded
from easel.images.encode import png_within
from easel.images.orientation import SIDEWAYS, Orientation, transposed
from easel.images.sanitize import COLOURLESS, Facts

OVERLAY_BYTES_MAX = 4_000_000  # providers take fewer, so neither what is sent nor what is made anew may have as many
SHADES = (64, 16, 2)  # of transparency, where all 256 make too large a file
COLOURS = 256


def sanitize_mask(content: bytes, turn: Orientation) -> tuple[bytes, Facts]:
    """A mask made anew: black, and as transparent as it came, in fewer than OVERLAY_BYTES_MAX.

    It is drawn on the reference's pixels as they are stored, and turned with them; one that fits the upright picture
    alone was drawn on that, and stays as it is. Raises ImageRejected.
    """
    return guarded(lambda: _made(_masks(_layer(content, turn), turn), too_large="smooth its edges"), COLOURLESS)


def sanitize_markup(content: bytes, turn: Orientation) -> tuple[bytes, Facts]:
    """A markup made anew, in sRGB, as large as its reference became and turned with it. Raises ImageRejected."""
    drawn_simpler = "draw with fewer colours, and on nothing"
    return guarded(lambda: _made(_markups(_layer(content, turn), turn), too_large=drawn_simpler), COLOURLESS)


def _layer(content: bytes, turn: Orientation) -> Image.Image:
    """The picture that was sent, if its form and its size will do."""
    if len(content) >= OVERLAY_BYTES_MAX:
        raise ImageRejected(
            f"it has {len(content):,} bytes; it must have fewer than {OVERLAY_BYTES_MAX:,}: "
            "it shrinks when all that is opaque has one colour"
        )
    found = decoded_overlay(content)
    if found.kind is not file_kinds.PNG or not found.image.has_transparency_data:
        raise ImageRejected("it must be a PNG with an alpha channel, transparent where the image may change")
    if found.stored not in (turn.stored, turn.upright):
        raise ImageRejected(
            f"it is {found.stored[0]}x{found.stored[1]}, the first reference {turn.stored[0]}x{turn.stored[1]}; "
            "they must have one size"
        )
    return found.image


def _masks(image: Image.Image, turn: Orientation) -> Iterator[Image.Image]:
    """The mask, and after it ever coarser ones."""
    alpha = alpha_of(image)
    if alpha is None or alpha.getextrema()[0] == OPAQUE:
        raise ImageRejected(
            "nothing in it is transparent; erase the part that may change, so that its alpha is 0 there: black and "
            "white mean nothing in a mask"
        )
    alpha = _placed(alpha, turn)
    black = Image.new("L", alpha.size)
    yield Image.merge("RGBA", (black, black, black, alpha))
    for shades in SHADES:
        steps = shades - 1
        coarser = alpha.point([round(value * steps / OPAQUE) * OPAQUE // steps for value in range(OPAQUE + 1)])
        yield Image.merge("RGBA", (black, black, black, coarser))


def _markups(image: Image.Image, turn: Orientation) -> Iterator[Image.Image]:
    """The markup, and after it one of fewer colours."""
    image = in_plain_mode(image)
    if image.mode not in ("LA", "RGBA") or is_opaque(image):
        raise ImageRejected("nothing in it is transparent, so it hides the reference; draw on a transparent picture")
    if image.getchannel("A").getextrema()[1] == 0:
        raise ImageRejected("nothing is drawn in it: all of it is transparent")
    image = in_srgb(_placed(image, turn)).convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size), image)  # what nobody sees has one colour
    yield image
    yield image.quantize(COLOURS, Image.Quantize.FASTOCTREE).convert("RGBA")


def _placed(layer: Image.Image, turn: Orientation) -> Image.Image:
    """Made smaller and turned as the reference was."""
    orientation = turn.orientation if layer.size == turn.stored else 1
    size = turn.final if orientation < SIDEWAYS else turn.final[::-1]
    if layer.size != size:
        layer = layer.resize(size, Image.Resampling.BOX)
    return transposed(layer, orientation)


def _made(tries: Iterator[Image.Image], *, too_large: str) -> tuple[bytes, Facts]:
    for image in tries:
        if content := png_within(image, OVERLAY_BYTES_MAX - 1):
            return content, Facts(image.width, image.height, "image/png", alpha=True)
    raise ImageRejected(f"it has {OVERLAY_BYTES_MAX:,} bytes or more when it is made anew; {too_large}")
