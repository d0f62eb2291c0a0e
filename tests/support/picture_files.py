"""Picture files made by code: put together piece by piece, or of what compresses badly."""

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image, ImageChops

PNG = b"\x89PNG\r\n\x1a\n"


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, body: bytes = b"") -> bytes:
    """One piece of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def a_png(width: int, height: int, *, colour: int = 2, bits: int = 8, data: bytes = b"", more: bytes = b"") -> bytes:
    """A PNG that says so much of itself, whatever it holds; `more` goes before its pixels."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return PNG + chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND")


def with_chunk(png: bytes, name: bytes, body: bytes) -> bytes:
    """The PNG with one piece more, right behind its head."""
    return png[:33] + chunk(name, body) + png[33:]


def incompressible(size: int) -> bytes:
    """Bytes that nothing makes smaller, the same every time."""
    return random.Random(7).randbytes(size)  # noqa: S311 — the same every time


def noise(mode: str, size: tuple[int, int]) -> Image.Image:
    """A picture that nothing makes smaller without losing some of it."""
    return Image.frombytes(mode, size, incompressible(len(mode) * size[0] * size[1]))


def photo(width: int, height: int, *, grain: float = 12) -> Image.Image:
    """Something with a photo's gradients and grain."""
    grains = Image.effect_noise((width, height), grain)
    light = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (ImageChops.add(light, grains, 2), grains, light))


def held(orientation: int) -> Image.Exif:
    """What a camera says of how it was held, 1 to 8."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif
