"""A picture from a prompt without a model: the same words always draw the same scene, labelled for what it is."""

import base64
import io
import struct
import textwrap
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

from local.standins.scenes import INK, PALETTES, PAPER, Dice, Palette, mixed, paint

CANVAS = 1_024  # the scene's longer edge; it is drawn at this size and scaled, lettering is not


@dataclass(frozen=True)
class Sketch:
    """What to draw: words, pixels, and what to write beneath them."""

    prompt: str
    width: int
    height: int
    label: str
    index: int = 0
    transparent: bool = False
    references: Sequence[Image.Image] = ()
    mask: Image.Image | None = None


def draw(sketch: Sketch) -> Image.Image:
    """The finished picture, of exactly the size that was asked for."""
    dice = Dice(f"{sketch.prompt}\n{sketch.index}")
    palette = PALETTES[dice.whole(0, len(PALETTES) - 1)]
    scale = CANVAS / max(sketch.width, sketch.height)
    canvas = Image.new("RGB", (round(sketch.width * scale), round(sketch.height * scale)))
    paint(canvas, sketch.prompt, palette, dice)
    picture = canvas.resize((sketch.width, sketch.height), Image.Resampling.BICUBIC)
    _pin(picture, sketch.references)
    _letter(picture, sketch, palette)
    if sketch.mask is not None and sketch.references:
        picture = _within(picture, sketch.references[0], sketch.mask)
    return _cut_out(picture) if sketch.transparent else picture


def encode(picture: Image.Image, output_format: str, compression: int | None) -> bytes:
    """Bytes of the format that was asked for."""
    out = io.BytesIO()
    if output_format == "png":
        picture.save(out, "PNG", compress_level=1)
    elif output_format == "jpeg":
        picture.convert("RGB").save(out, "JPEG", quality=max(1, min(95, compression or 90)))
    else:
        picture.save(out, "WEBP", quality=100 if compression is None else compression, method=0)
    return out.getvalue()


def padded(content: bytes, size: int) -> bytes:
    """The same picture in a file of about that many bytes: a PNG with a private chunk before its end."""
    end = content.rindex(b"IEND") - 4
    filling = b"eaSl" + bytes(size)
    chunk = struct.pack(">I", size) + filling + struct.pack(">I", zlib.crc32(filling))
    return content[:end] + chunk + content[end:]


def _pin(picture: Image.Image, references: Sequence[Image.Image]) -> None:
    """References as small prints along the upper edge."""
    side = min(picture.size) // 5
    gap = side // 6
    for index, reference in enumerate(references[: max(1, (picture.width - gap) // (side + gap))]):
        print_ = ImageOps.expand(ImageOps.fit(reference.convert("RGB"), (side, side)), border=gap // 3, fill=PAPER)
        picture.paste(print_, (gap + index * (side + gap), gap))


def _letter(picture: Image.Image, sketch: Sketch, palette: Palette) -> None:
    """The prompt's words and the label on a strip of paper along the lower edge."""
    unit = min(picture.size)
    large, small = max(12, unit // 30), max(10, unit // 52)
    words = " ".join(sketch.prompt.split()) or "…"
    columns = max(16, round(picture.width * 0.88 / (large * 0.53)))
    lines = textwrap.wrap(words, columns, max_lines=2, placeholder=" …")
    margin, gap = unit // (9 if sketch.transparent else 22), large // 2
    tall = round(len(lines) * large * 1.3 + small + gap * 3)
    box = (margin, picture.height - margin - tall, picture.width - margin, picture.height - margin)
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle(box, radius=gap, fill=PAPER)
    pen.rounded_rectangle((box[0], box[1], box[0] + gap, box[3]), radius=gap // 2, fill=palette[5])
    left, y = box[0] + gap * 2.4, float(box[1] + gap)
    for line in lines:
        pen.text((left, y), line, INK, font=ImageFont.load_default(large))
        y += large * 1.3
    pen.text((left, y + gap * 0.4), sketch.label, mixed(INK, PAPER, 0.4), font=ImageFont.load_default(small))


def _within(picture: Image.Image, reference: Image.Image, mask: Image.Image) -> Image.Image:
    """The reference, redrawn only where the mask is transparent."""
    keep = mask.convert("RGBA").getchannel("A").resize(picture.size)
    return Image.composite(reference.convert("RGB").resize(picture.size), picture, keep)


def _cut_out(picture: Image.Image) -> Image.Image:
    """Rounded like a sticker, nothing around it."""
    shape = Image.new("L", picture.size)
    edge = min(picture.size) // 24
    box = (edge, edge, picture.width - edge, picture.height - edge)
    ImageDraw.Draw(shape).rounded_rectangle(box, radius=edge * 3, fill=255)
    shape = ImageChops.multiply(shape, shape.filter(ImageFilter.GaussianBlur(1)))
    picture = picture.convert("RGBA")
    picture.putalpha(shape)
    return picture


def from_base64(text: str) -> bytes:
    """Bytes as they travel in JSON, in either alphabet."""
    return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
