"""Files as phones, canvases, editors and optimisers really make them, each of which somebody's users stumbled over."""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image, ImageCms, PngImagePlugin

from tests.adversarial.hostile_images import CANARY, Specimen, drawn, told
from tests.support.picture_files import a_png, chunk, incompressible, noise, photo, saved, with_chunk

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TO_JPEG = "save it as JPEG"


def usual() -> Iterator[Specimen]:
    """All that is soon made."""
    yield from packed()
    yield from keyed()
    yield from overlays()
    yield from named()
    yield Specimen("grown", "png noise", saved(noise("RGB", (1_900, 1_900)), "PNG", compress_level=1), "good")
    yield Specimen(
        "grown", "png noise with alpha", saved(noise("RGBA", (1_700, 1_700)), "PNG", compress_level=1), "good"
    )
    flat = Image.new("RGB", (8_160, 6_120), (90, 120, 40))
    yield Specimen("photo", "50 megapixels", saved(flat, "JPEG", exif=told(6)), "good")
    yield Specimen(
        "photo", "more than that", saved(Image.new("L", (8_200, 8_000)), "JPEG"), "bad", says="make it smaller"
    )


def packed() -> Iterator[Specimen]:
    """Profiles, texts and previews that are larger than the picture."""
    plain = saved(drawn(), "PNG")
    words = CANARY * 10 + incompressible(1_500_000).hex().encode()
    for name, body in (
        (b"iCCP", b"a\0\0" + zlib.compress(CANARY + incompressible(1_600_000))),
        (b"zTXt", b"workflow\0\0" + zlib.compress(words)),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(words)),
        (b"tEXt", b"workflow\0" + words),
        (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(bytes(200_000_000), 9)),
    ):
        yield Specimen("packed", f"png {name.decode()}", with_chunk(plain, name, body), "good")
    jpeg = saved(drawn(), "JPEG")
    for mark, body in ((0xE2, b"MPF\0II*\0" + CANARY), (0xED, b"Photoshop 3.0\0" + CANARY * 900), (0xFE, CANARY * 900)):
        piece = struct.pack(">BBH", 0xFF, mark, len(body) + 2) + body
        yield Specimen("packed", f"jpeg {mark:x}", jpeg[:2] + piece * 20 + jpeg[2:], "good")


def keyed() -> Iterator[Specimen]:
    """Pictures in which one colour stands for "nothing here", with and without a profile."""
    image = drawn("RGB")
    image.paste((0, 255, 0), (0, 0, 20, 20))
    few = image.quantize(8)
    for name, profile in (("bare", None), ("with a profile", SRGB), ("with a broken one", CANARY)):
        for kind, content in (
            ("rgb", saved(image, "PNG", transparency=(0, 255, 0), icc_profile=profile)),
            ("grey", saved(image.convert("L"), "PNG", transparency=150, icc_profile=profile)),
            ("palette", saved(few, "PNG", transparency=few.getpixel((3, 3)), icc_profile=profile)),
        ):
            yield Specimen("keyed", f"{kind} {name}", content, "good", clear=True)
    for bits, key, row in ((1, 1, b"\x40"), (2, 1, b"\x10"), (4, 9, b"\x09"), (16, 0x80FF, b"\0\1\x80\xff")):
        key_chunk = chunk(b"tRNS", struct.pack(">H", key))
        content = a_png(2, 1, colour=0, bits=bits, data=b"\0" + row, more=key_chunk)
        yield Specimen("keyed", f"grey of {bits} bits", content, "good", clear=True)
    yield Specimen("keyed", "alpha that hides nothing", saved(image.convert("RGBA"), "PNG"), "good", clear=False)


def overlays() -> Iterator[Specimen]:
    """Masks and markups, each of which is its own reference too."""
    holed = photo(1_100, 1_100, grain=40).convert("RGBA")
    holed.paste((0, 0, 0, 0), (100, 100, 400, 300))
    yield Specimen("overlay", "the photo with a hole", saved(holed, "PNG", compress_level=6), "good", overlay="good")
    pixel = Image.new("RGBA", (64, 48), "white")
    pixel.putpixel((3, 3), (0, 0, 0, 0))
    yield Specimen("overlay", "one transparent pixel", saved(pixel, "PNG"), "good", overlay="good")
    few = pixel.quantize(4)
    yield Specimen("overlay", "a palette", saved(few, "PNG"), "good", overlay="good")
    for colour in ("white", "black"):
        opaque = saved(Image.new("RGBA", (64, 48), colour), "PNG", icc_profile=SRGB)
        yield Specimen("overlay", f"opaque {colour}", opaque, "good", overlay="bad")
    yield Specimen("overlay", "black and white", saved(drawn("L"), "PNG"), "good", overlay="bad")


def named() -> Iterator[Specimen]:
    """What is no picture that we take, and what its sender is told to do."""
    for name, content, says in (
        ("heic", b"\0\0\0\x24ftypheic\0\0\0\0mif1heic", TO_JPEG),
        ("heif of several", b"\0\0\0\x24ftypmsf1\0\0\0\0hevc", TO_JPEG),
        ("avif", saved(drawn(), "AVIF"), TO_JPEG),
        ("gif", saved(drawn(), "GIF"), "save it as PNG"),
        ("svg", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "save it as PNG"),
        ("pdf", b"%PDF-1.7\n", "export the page"),
        ("a page", b"\n<!DOCTYPE html><title>Sign in</title>", "address of the picture"),
        ("video", b"\0\0\0\x20ftypisom\0\0\2\0", "one still picture"),
        ("empty", b"", "send the whole file"),
        ("jpeg cut off", saved(photo(640, 480), "JPEG")[:-900], "send the whole file"),
        ("png cut off", saved(photo(640, 480), "PNG")[:-900], "send the whole file"),
        ("webp cut off", saved(photo(640, 480), "WEBP")[:-900], "send the whole file"),
    ):
        yield Specimen("named", name, content, "bad", says=says)
    unended = saved(photo(640, 480), "JPEG", comment=CANARY)
    yield Specimen("named", "jpeg without its end mark", unended[:-2], "good")
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", CANARY.decode())
    yield Specimen("named", "png without its end", saved(photo(64, 48), "PNG", pnginfo=words)[:-12], "good")


def usual_and_large() -> Iterator[Specimen]:
    """What takes longer to make than to clean."""
    light = photo(4_096, 4_096, grain=10)
    yield Specimen("grown", "webp photo", saved(light, "WEBP", quality=80, method=2), "good")
    yield Specimen("grown", "png photo", saved(light.crop((0, 0, 4_096, 3_072)), "PNG", compress_level=2), "good")
    grey = noise("LA", (3_200, 3_200)).point(lambda value: value & 0xF8)
    yield Specimen("grown", "png grey with alpha", saved(grey, "PNG", compress_level=2), "good")
    soft = light.copy()
    soft.putalpha(Image.linear_gradient("L").resize(light.size))
    yield Specimen("grown", "webp with alpha", saved(soft, "WEBP", quality=80, method=0), "good")
    for name, size, options in (
        ("48 megapixels", (8_064, 6_048), {"quality": 75}),
        ("64 megapixels, progressive and in full colour", (9_248, 6_936), {"progressive": True, "subsampling": 0}),
    ):
        image = light.resize(size)
        yield Specimen("photo", name, saved(image, "JPEG", exif=told(8), **{"quality": 60, **options}), "good")
    ink = light.resize((8_160, 6_120)).convert("CMYK")
    yield Specimen("photo", "50 megapixels of ink", saved(ink, "JPEG", quality=60), "good")
    mask = Image.new("LA", (8_064, 6_048), (0, 255))
    mask.paste((0, 0), (0, 0, 4_000, 3_000))
    yield Specimen("overlay", "too large to be a reference", saved(mask, "PNG", compress_level=1), "bad")
