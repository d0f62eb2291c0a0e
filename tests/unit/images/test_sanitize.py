"""Images as untrusted bytes."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from easel.errors import ImageRejected
from easel.images import decode, sanitize
from easel.images.sanitize import Facts
from tests.support.stand_ins import an_image, opened


@pytest.mark.parametrize(("kind", "mime_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_an_image_is_measured(kind: str, mime_type: str) -> None:
    assert sanitize.examine(an_image(64, 48, kind=kind)) == Facts(64, 48, mime_type)


def test_alpha_is_seen() -> None:
    assert sanitize.examine(an_image(mode="RGBA", colour=(0, 0, 0, 0))).alpha


def a_png_that_says(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b"")


def an_animation(kind: str) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=50)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello", "cannot be decoded"),
        (b"\x89PNG\r\n\x1a\nthis is where an image should be", "cannot be decoded"),
        (an_image(200, 200)[:-60], "cannot be decoded"),
        (an_image(200, 200, kind="JPEG", quality=95)[:600], "cannot be decoded"),
        (an_image(kind="GIF"), "cannot be decoded"),
        (an_image(kind="TIFF"), "cannot be decoded"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot be decoded"),
        (an_animation("PNG"), "animated"),
        (an_animation("WEBP"), "animated"),
        (a_png_that_says(7_000, 7_000), "pixels"),
        (a_png_that_says(20_000, 100), "an edge"),
        (a_png_that_says(50_000, 50_000), "pixels"),
        (a_png_that_says(12_000, 12_000), "pixels"),
        (bytes(decode.BYTES_MAX + 1), "bytes"),
    ],
)
def test_what_is_not_an_image_we_accept_is_rejected_with_the_reason(content: bytes, reason: str) -> None:
    for look in (sanitize.examine, sanitize.thumbnail, sanitize.sanitize):
        with pytest.raises(ImageRejected, match=reason):
            look(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_damaged_bytes_raise_nothing_else(kind: str) -> None:
    whole = an_image(40, 30, kind=kind)
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        broken = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        try:
            sanitize.sanitize(broken)
        except ImageRejected:
            continue


def test_the_largest_picture_a_model_makes_is_accepted() -> None:
    assert sanitize.examine(an_image(3840, 2160, compress_level=1)).width == 3840


def test_a_thumbnail_is_small_upright_and_keeps_the_shape() -> None:
    content = sanitize.thumbnail(an_image(1536, 1024))

    thumbnail = opened(content)
    assert (thumbnail.format, thumbnail.size) == ("WEBP", (512, 341))
    assert opened(sanitize.thumbnail(an_image(100, 50))).size == (100, 50)


def a_photo(**options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 0.0)}  # where it was
    return an_image(80, 40, kind="JPEG", exif=exif, comment=b"secret words", **options)


def test_a_reference_is_turned_upright_and_says_nothing_about_its_maker() -> None:
    clean, facts, _ = sanitize.sanitize(a_photo())

    picture = opened(clean)
    assert (facts.width, facts.height, facts.mime_type) == (40, 80, "image/jpeg")
    assert picture.size == (40, 80)
    assert not picture.getexif()
    assert "comment" not in picture.info
    assert b"secret" not in clean


def test_text_in_a_png_does_not_come_through() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "secret words", zip=False)

    clean, _, _ = sanitize.sanitize(an_image(pnginfo=words) + b"secret trailer")

    assert b"secret" not in clean


def test_transparency_survives_cleaning() -> None:
    clean, facts, _ = sanitize.sanitize(an_image(kind="WEBP", mode="RGBA", colour=(9, 9, 9, 0)))

    assert facts == Facts(64, 48, "image/png", alpha=True)
    assert opened(clean).getpixel((3, 3))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("mode", "kind", "colour"),
    [("CMYK", "JPEG", (0, 255, 255, 0)), ("L", "PNG", 90), ("1", "PNG", 1), ("I;16", "PNG", 40_000)],
)
def test_other_kinds_of_colour_become_ordinary(mode: str, kind: str, colour: Any) -> None:
    clean, facts, _ = sanitize.sanitize(an_image(mode=mode, kind=kind, colour=colour))

    assert opened(clean).mode == "RGB"
    assert not facts.alpha


def test_sixteen_bits_keep_their_brightness() -> None:
    clean, _, _ = sanitize.sanitize(an_image(mode="I;16", colour=0x8000))

    assert abs(opened(clean).getpixel((1, 1))[0] - 0x80) <= 1  # type: ignore[index]


def test_a_profile_is_applied_and_a_broken_one_dropped() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    for icc in (profile, b"not a profile"):
        clean, _, _ = sanitize.sanitize(an_image(icc_profile=icc))
        assert "icc_profile" not in opened(clean).info


def test_a_reference_larger_than_anyone_looks_is_made_smaller() -> None:
    _, facts, _ = sanitize.sanitize(an_image(5_000, 100))

    assert (facts.width, facts.height) == (4_096, 82)


def a_chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_a_png_of_endless_pieces_is_refused() -> None:
    whole = an_image()

    with pytest.raises(ImageRejected, match="pieces"):
        sanitize.sanitize(whole[:33] + a_chunk(b"teSt") * 20_001 + whole[33:])


def test_a_jpeg_of_endless_pieces_or_passes_is_refused() -> None:
    whole = an_image(kind="JPEG", progressive=True)
    scan = whole.index(b"\xff\xda")

    with pytest.raises(ImageRejected, match="pieces"):
        sanitize.sanitize(whole[:2] + b"\xff\xfe\x00\x02" * 20_001 + whole[2:])
    with pytest.raises(ImageRejected, match="passes"):
        sanitize.sanitize(whole[:-2] + whole[scan:-2] * 40 + whole[-2:])
    assert sanitize.sanitize(whole)
