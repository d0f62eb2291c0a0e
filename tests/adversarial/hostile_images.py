"""Files that are pictures, were, claim to be, or would be the end of whoever decodes them."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

from tests.support.picture_files import PNG, a_png, chunk, saved

CANARY = b"canary-7f3a-where-and-who"
WORD = CANARY.decode()


@dataclass(frozen=True)
class Specimen:
    """A file; `good` ones have to be accepted, `bad` ones refused, of others only nothing may break.

    `says` is the remedy in a refusal, `clear` whether something of the cleaned picture is transparent, `overlay`
    whether it is a mask and a markup of itself.
    """

    kind: str
    name: str
    content: bytes
    verdict: str = "any"
    says: str = ""
    clear: bool | None = None
    overlay: str = ""


def drawn(mode: str = "RGB", size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Something with edges and gradients in it."""
    wide, tall = size
    gradient = Image.linear_gradient("L").resize(size)
    base = Image.merge("RGB", (gradient, gradient.transpose(Image.Transpose.ROTATE_180), Image.new("L", size, 90)))
    base.paste((200, 30, 30), (wide // 4, tall // 4, wide // 2, tall // 2))
    if mode in ("LA", "RGBA"):
        base.putalpha(gradient)
    return base.convert(mode) if mode != "I;16" else gradient.convert("I").point(lambda v: v * 257).convert("I;16")


def told(orientation: int = 1) -> Image.Exif:
    """EXIF that says who, where and how."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = exif[0x013B] = exif[0x8298] = WORD
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 0.0), 29: WORD}
    return exif


def profile() -> bytes:
    """A profile with a word in it."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made.replace(b"sRGB built-in", CANARY[:13]) + CANARY


def honest() -> Iterator[Specimen]:
    """Pictures as cameras, browsers and tools save them, with everything they say beside the picture."""
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", WORD)
    words.add_text("Comment", WORD * 40, zip=True)
    words.add_itxt("XML:com.adobe.xmp", f"<x>{WORD}</x>", zip=True)
    words.add(b"prVt", CANARY, after_idat=True)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield Specimen("metadata", f"png {mode}", saved(drawn(mode), "PNG", pnginfo=words, exif=told()), "good")
    yield Specimen("metadata", "png with a profile", saved(drawn(), "PNG", icc_profile=profile()), "good")
    yield Specimen("metadata", "png with a transparent colour", saved(drawn("P"), "PNG", transparency=3), "good")
    for mode in ("L", "RGB", "CMYK"):
        for orientation in range(1, 9):
            options: dict[str, Any] = {"exif": told(orientation), "comment": CANARY, "icc_profile": profile()}
            options["xmp"] = CANARY
            content = saved(drawn(mode), "JPEG", progressive=orientation % 2 == 0, **options)
            yield Specimen("metadata", f"jpeg {mode} {orientation}", content, "good")
    for mode, lossless in (("RGB", False), ("RGB", True), ("RGBA", False), ("RGBA", True)):
        content = saved(drawn(mode), "WEBP", lossless=lossless, exif=told(6), xmp=CANARY, icc_profile=profile())
        yield Specimen("metadata", f"webp {mode} {lossless}", content, "good")
    for kind in ("PNG", "JPEG", "WEBP"):
        yield Specimen("trailing", f"{kind} with a tail", saved(drawn(), kind) + CANARY * 100, "good")
        yield Specimen("small", f"{kind} of one pixel", saved(drawn(size=(1, 1)), kind), "good")
    interlaced = saved(drawn(), "PNG")
    yield Specimen("small", "png", interlaced, "good")


ICC = profile()


def large() -> Iterator[Specimen]:
    """As large as is accepted."""
    grain = Image.effect_noise((5_000, 5_000), 60)
    colour = Image.merge("RGB", (grain, grain.transpose(Image.Transpose.ROTATE_90), grain))
    yield Specimen("largest", "jpeg noise", saved(colour, "JPEG", quality=60, exif=told(6)), "good")
    yield Specimen("largest", "jpeg progressive", saved(colour, "JPEG", quality=60, progressive=True), "good")
    yield Specimen(
        "largest", "jpeg cmyk", saved(colour.convert("CMYK"), "JPEG", quality=30, icc_profile=profile()), "any"
    )
    few = grain.point(lambda value: value & 0x80)
    yield Specimen("largest", "png grey noise", saved(few, "PNG", compress_level=1), "good")
    flat = Image.new("RGBA", (5_000, 5_000), (9, 9, 9, 128))
    yield Specimen(
        "largest", "png rgba", saved(flat, "PNG", compress_level=1, exif=told(5), icc_profile=profile()), "good"
    )
    yield Specimen("largest", "webp", saved(flat, "WEBP", method=0, quality=1), "good")
    yield Specimen("largest", "png rgba noise", saved(noisy(), "PNG", compress_level=1), "good")
    yield Specimen("largest", "png 16 bit", a_png(5_000, 5_000, bits=16, data=bytes(5_000 * 30_001)), "good")
    yield Specimen("largest", "long and narrow", saved(Image.new("RGB", (16_384, 1_500)), "PNG"), "good")


def noisy() -> Image.Image:
    """What compresses badly, and still has under 25 MB."""
    grain = Image.effect_noise((2_400, 2_400), 200)
    image = Image.merge(
        "RGB", (grain, grain.transpose(Image.Transpose.ROTATE_90), grain.transpose(Image.Transpose.ROTATE_180))
    )
    image.putalpha(grain.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    return image


def bombs() -> Iterator[Specimen]:
    """Small files that would grow."""
    for width, height in (
        (50_000, 50_000),
        (5_001, 5_000),
        (30_000, 100),
        (2**31 - 1, 1),
        (2**31 - 1, 2**31 - 1),
        (0, 9),
    ):
        yield Specimen("bomb", f"png {width}x{height}", a_png(width, height, data=bytes(1_000)), "bad")
    yield Specimen("bomb", "png of zeros", a_png(5_000, 5_000, data=bytes(400_000_000)), "any")
    text = zlib.compress(bytes(200_000_000), 9)
    yield Specimen("bomb", "ztxt", a_png(8, 8, data=bytes(200), more=chunk(b"zTXt", b"a\0\0" + text)))
    yield Specimen(
        "bomb", "many ztxt", a_png(8, 8, data=bytes(200), more=chunk(b"zTXt", b"a\0\0" + text[:1_000]) * 5_000)
    )
    yield Specimen("bomb", "itxt", a_png(8, 8, data=bytes(200), more=chunk(b"iTXt", b"a\0\1\0\0\0" + text)))
    yield Specimen("bomb", "iccp", a_png(8, 8, data=bytes(200), more=chunk(b"iCCP", b"a\0\0" + text)))
    whole = saved(drawn(), "PNG")
    yield Specimen("bomb", "png of pieces", whole[:33] + chunk(b"teSt") * 1_500_000 + whole[33:], "bad")
    yield Specimen("bomb", "png of empty data", whole[:33] + chunk(b"IDAT") * 1_500_000 + whole[33:], "bad")
    yield from _jpeg_bombs()
    yield from _webp_bombs()


def _jpeg_bombs() -> Iterator[Specimen]:
    whole = saved(drawn(), "JPEG")
    size = whole.index(b"\xff\xc0") + 5
    for width, height in ((65_535, 65_535), (5_001, 5_000), (65_535, 1)):
        claimed = whole[:size] + struct.pack(">HH", height, width) + whole[size + 4 :]
        yield Specimen("bomb", f"jpeg {width}x{height}", claimed, "bad")
    yield Specimen("bomb", "jpeg of pieces", whole[:2] + b"\xff\xfe\x00\x02" * 6_000_000 + whole[2:], "bad")
    yield Specimen("bomb", "jpeg of application data", whole[:2] + b"\xff\xe1\x00\x02" * 6_000_000 + whole[2:], "bad")
    huge = saved(Image.new("RGB", (5_000, 5_000), "red"), "JPEG", progressive=True, quality=1)
    first = huge.index(b"\xff\xda")
    scan = huge[first : huge.index(b"\xff", first + 20)]
    yield Specimen("bomb", "jpeg of passes", huge[:-2] + scan * 1_000 + huge[-2:], "bad")
    yield Specimen("bomb", "jpeg of passes allowed", huge[:-2] + huge[first:-2] * 2 + huge[-2:])


def _webp_bombs() -> Iterator[Specimen]:
    whole = bytearray(saved(drawn(), "WEBP", lossless=True))
    at = whole.index(b"VP8L") + 9
    whole[at : at + 4] = struct.pack("<I", 16_383 | 16_383 << 14)
    yield Specimen("bomb", "webp 16384x16384", bytes(whole), "bad")
    yield Specimen("bomb", "webp canvas", _riff(b"VP8X", b"\x10\0\0\0" + b"\xff\xff\xff" * 2), "bad")
    yield Specimen("bomb", "webp of pieces", _riff(*(b"JUNK", b"") * 200_000))


def _riff(*parts: bytes) -> bytes:
    pairs = zip(parts[::2], parts[1::2], strict=True)
    body = b"WEBP" + b"".join(name + struct.pack("<I", len(held)) + held for name, held in pairs)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def disguised() -> Iterator[Specimen]:
    """Two things at once, or something else altogether."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", WORD)
    for kind in ("PNG", "JPEG", "WEBP"):
        picture = saved(drawn(), kind)
        yield Specimen("polyglot", f"{kind} and zip", picture + packed.getvalue(), "good")
        yield Specimen("polyglot", f"{kind} and script", picture + b"<script>/*" + CANARY + b"*/</script>", "good")
        yield Specimen("polyglot", f"script before {kind}", b"<script>" + CANARY + b"</script>" + picture, "bad")
    code = b"<?php echo '" + CANARY + b"'; ?>"
    yield Specimen("polyglot", "jpeg with code", saved(drawn(), "JPEG", comment=code), "good")
    whole = saved(drawn(), "PNG")
    yield Specimen("polyglot", "png with a page", whole[:33] + chunk(b"teXt", b"<html>" + CANARY) + whole[33:], "good")
    yield Specimen("polyglot", "pdf", b"%PDF-1.7\n" + saved(drawn(), "JPEG"), "bad")
    for kind in ("GIF", "BMP", "TIFF", "ICO", "PPM", "TGA", "PDF", "JPEG2000", "DDS", "SGI", "PCX", "ICNS"):
        yield Specimen("wrong_type", kind, saved(drawn(size=(64, 64)), kind), "bad")
    for name, content in (
        ("nothing", b""),
        ("text", b"hello"),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='https://a.example/'/></svg>"),
        ("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("avif", b"\0\0\0\x18ftypavif\0\0\0\0mif1avif"),
        ("elf", b"\x7fELF" + bytes(100)),
        ("psd", b"8BPS\0\x01" + bytes(100)),
        ("mz", b"MZ" + bytes(100)),
        ("heads", PNG),
        ("jpeg head", b"\xff\xd8\xff"),
        ("riff head", b"RIFF\xff\xff\xff\xffWEBP"),
        ("too many bytes", bytes(25_000_001)),
    ):
        yield Specimen("wrong_type", name, content, "bad")


def animated() -> Iterator[Specimen]:
    """More than one picture."""
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    for kind in ("PNG", "WEBP", "GIF"):
        moving = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
        yield Specimen("animated", kind, moving, "bad")
    yield Specimen("animated", "mpo", saved(frames[0], "MPO", save_all=True, append_images=frames[1:]))
    many = saved(frames[0], "WEBP", save_all=True, append_images=frames * 300, duration=1)
    yield Specimen("animated", "webp of many", many, "bad")
    control = chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    yield Specimen("animated", "png that claims", a_png(32, 32, data=bytes(32 * 97), more=control))


def damaged(rounds: int, *, seed: int = 7) -> Iterator[Specimen]:
    """Honest ones cut off or changed."""
    dice = random.Random(seed)  # noqa: S311 — the same damage every time
    whole = [specimen.content for specimen in honest()]
    for turn in range(rounds):
        content = whole[turn % len(whole)]
        yield Specimen("truncated", f"cut {turn}", content[: dice.randrange(len(content))])
        changed = bytearray(content)
        for _ in range(dice.choice((1, 1, 3, 10, 50))):
            at = dice.randrange(min(len(changed), 600) if dice.random() < 0.7 else len(changed))
            changed[at] = dice.choice((0, 255, 127, 128, dice.randrange(256)))
        yield Specimen("changed", f"change {turn}", bytes(changed))
        start, end = sorted(dice.randrange(len(content)) for _ in range(2))
        yield Specimen("changed", f"splice {turn}", content[:start] + content[end:] + content[start:end])
