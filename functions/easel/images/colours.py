"""A decoded picture in 8 bits of sRGB, with transparency only where something is transparent.

Whether a pixel is transparent is settled first: a colour profile knows nothing of a colour that stands for "nothing".
"""

import io

from PIL import Image, ImageCms, ImageMath

from easel.images.containers import EXTRA_BYTES_MAX

DEEP = frozenset({"I;16", "I;16B", "I;16L", "I", "F"})  # a grey of 16 bits
PLAIN = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})
OPAQUE = 255


def in_srgb(image: Image.Image) -> Image.Image:
    """The picture as RGB, or as RGBA where it is not opaque everywhere."""
    profile = image.info.get("icc_profile")
    image = in_plain_mode(image)
    if isinstance(profile, bytes) and 0 < len(profile) <= EXTRA_BYTES_MAX:
        image = _by_profile(image, profile)
    if image.mode not in ("LA", "RGBA"):
        return image.convert("RGB")
    return image.convert("RGB") if is_opaque(image) else image.convert("RGBA")


def in_plain_mode(image: Image.Image) -> Image.Image:
    """The same pixels, each with its own 8 bits of grey, colour or ink and, where any may be transparent, alpha."""
    plain = _in_plain_mode(image)
    plain.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return plain


def _in_plain_mode(image: Image.Image) -> Image.Image:
    keyed = "transparency" in image.info
    if image.mode in DEEP:
        return _in_eight_bits(image)
    if image.mode in ("1", "L"):
        return image.convert("LA" if keyed else "L")
    if image.mode in PLAIN and not (keyed and image.mode == "RGB"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def alpha_of(image: Image.Image) -> Image.Image | None:
    """How opaque each pixel is, 0 to 255; None where the picture has no word for it."""
    plain = in_plain_mode(image)
    return plain.getchannel("A") if plain.mode in ("LA", "RGBA") else None


def is_opaque(image: Image.Image) -> bool:
    """Whether nothing in a picture with alpha is transparent, not even a little."""
    return image.getchannel("A").getextrema()[0] == OPAQUE


def _in_eight_bits(image: Image.Image) -> Image.Image:
    key = image.info.get("transparency")
    grey = image.point(lambda value: value / 256).convert("L")
    if not isinstance(key, int):
        return grey
    seen = ImageMath.lambda_eval(lambda of: of["convert"]((of["grey"] != key) * OPAQUE, "L"), grey=image.convert("I"))
    return Image.merge("LA", (grey, seen))


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as the picture's own profile meant them; a profile that cannot be read, or is for others, is dropped."""
    alpha = image.getchannel("A") if image.mode == "LA" else None
    colours = image.getchannel("L") if alpha else image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(colours, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    if made is None:
        return image
    if alpha:
        made.putalpha(alpha)
    return made
