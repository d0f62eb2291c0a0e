"""Colours as they were meant, and transparency where it was, whatever form a picture has."""

import struct

import pytest
from PIL import Image, ImageCms

from easel.images import sanitize
from tests.support.picture_files import a_png, chunk, saved, with_chunk
from tests.support.stand_ins import opened

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def pixels(content: bytes) -> list[tuple[int, ...]]:
    """The first row of the cleaned picture as RGBA."""
    image = opened(sanitize.sanitize(content)[0]).convert("RGBA")
    return [image.getpixel((x, 0)) for x in range(image.width)]  # type: ignore[misc]


def a_cut_out(mode: str) -> Image.Image:
    """Two pixels, of which the first is seen and the second is not."""
    image = Image.new("RGBA", (2, 1), (200, 200, 200, 255))
    image.putpixel((1, 0), (0, 255, 0, 0))
    if mode == "RGB":
        image = image.convert("RGB")
    return image.convert(mode) if mode in ("RGBA", "LA") else image


@pytest.mark.parametrize("icc", [None, SRGB, b"not a profile"])
def test_a_colour_that_stands_for_nothing_stays_transparent_with_and_without_a_profile(icc: bytes | None) -> None:
    options = {"icc_profile": icc} if icc else {}
    keyed = saved(a_cut_out("RGB"), "PNG", transparency=(0, 255, 0), **options)
    grey = Image.new("L", (2, 1), 200)
    grey.putpixel((1, 0), 7)
    indexed = a_cut_out("RGB").quantize(2)
    nothing = indexed.getpixel((1, 0))

    for sent in (
        keyed,
        saved(grey, "PNG", transparency=7, **options),
        saved(indexed, "PNG", transparency=nothing, **options),
        saved(a_cut_out("RGBA"), "PNG", **options),
        saved(a_cut_out("LA"), "PNG", **options),
        saved(a_cut_out("RGBA"), "WEBP", lossless=True, exact=True, **options),
    ):
        (seen, unseen) = pixels(sent)
        assert (seen[3], unseen[3]) == (255, 0)
        assert abs(seen[0] - 200) <= 1


def test_a_thumbnail_keeps_such_a_colour_transparent_too() -> None:
    image = Image.new("RGB", (64, 64), (0, 255, 0))
    sent = saved(image, "PNG", transparency=(0, 255, 0), icc_profile=SRGB)

    assert opened(sanitize.thumbnail(sent)).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_such_a_colour_outlives_being_made_smaller() -> None:
    image = Image.new("RGB", (5_000, 40), (0, 255, 0))
    image.paste((200, 0, 0), (0, 0, 2_500, 40))

    clean = opened(sanitize.sanitize(saved(image, "PNG", transparency=(0, 255, 0)))[0])

    assert clean.getpixel((4_000, 5))[3] == 0  # type: ignore[index]
    assert 0 < clean.getpixel((clean.width // 2, 5))[3] <= 255  # type: ignore[index]


@pytest.mark.parametrize(
    ("bits", "packed", "key"), [(1, b"\x40", 1), (2, b"\x10", 1), (4, b"\x09", 9), (8, b"\0\x09", 9)]
)
def test_greys_of_few_bits_keep_their_transparent_one(bits: int, packed: bytes, key: int) -> None:
    sent = a_png(2, 1, colour=0, bits=bits, data=b"\0" + packed, more=chunk(b"tRNS", struct.pack(">H", key)))

    assert [alpha for *_, alpha in pixels(sent)] == [255, 0]


def test_one_grey_of_sixteen_bits_is_transparent_and_its_neighbours_are_not() -> None:
    greys = (0x80FF, 0x80FE, 0x8000, 0xFFFF, 0x0003)
    row = b"\0" + struct.pack(">5H", *greys)

    found = pixels(a_png(5, 1, colour=0, bits=16, data=row, more=chunk(b"tRNS", struct.pack(">H", 0x80FF))))

    assert [alpha for *_, alpha in found] == [0, 255, 255, 255, 255]
    assert [pixel[0] for pixel in found[1:]] == [128, 128, 255, 0]


def test_a_colour_of_sixteen_bits_may_be_the_transparent_one() -> None:
    row = b"\0" + struct.pack(">6H", 0x8012, 0xFF34, 0x0156, 0xFF00, 0, 0)
    key = chunk(b"tRNS", struct.pack(">3H", 0x8012, 0xFF34, 0x0156))

    assert [alpha for *_, alpha in pixels(a_png(2, 1, bits=16, data=row, more=key))] == [0, 255]


def test_sixteen_bits_with_alpha_keep_it() -> None:
    grey = b"\0" + struct.pack(">4H", 0x8000, 0xFFFF, 0x8000, 0x4000)
    colour = b"\0" + struct.pack(">8H", 0x8000, 0, 0, 0xFFFF, 0x8000, 0, 0, 0x4000)

    for sent in (a_png(2, 1, colour=4, bits=16, data=grey), a_png(2, 1, colour=6, bits=16, data=colour)):
        found = pixels(sent)
        assert [alpha for *_, alpha in found] == [255, 64]
        assert [pixel[0] for pixel in found] == [128, 128]


def test_a_palette_is_read_by_its_profile_as_other_colours_are() -> None:
    image = Image.new("RGB", (2, 1), (200, 60, 20))
    other = ImageCms.createProfile("sRGB")
    wide = ImageCms.ImageCmsProfile(other).tobytes().replace(b"rXYZ", b"gXYZ", 1)  # another profile, perhaps broken

    assert pixels(saved(image.quantize(2), "PNG", icc_profile=SRGB)) == pixels(saved(image, "PNG", icc_profile=SRGB))
    assert len(pixels(saved(image.quantize(2), "PNG", icc_profile=wide))) == 2


@pytest.mark.parametrize("orientation", [None, 6])
def test_inks_become_the_colours_that_they_print(orientation: int | None) -> None:
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    sent = saved(Image.new("CMYK", (40, 20), (0, 255, 255, 0)), "JPEG", quality=95, exif=exif)

    image = opened(sanitize.sanitize(sent)[0])

    red, green, blue = image.getpixel((3, 3))  # type: ignore[misc]
    assert image.size == ((20, 40) if orientation else (40, 20))
    assert red > 220
    assert max(green, blue) < 60


def test_a_profile_of_another_kind_of_colour_is_left_out() -> None:
    image = Image.new("L", (2, 1), 120)

    assert pixels(saved(image, "PNG", icc_profile=SRGB)) == [(120, 120, 120, 255)] * 2


def test_a_key_that_is_cut_short_means_nothing() -> None:
    sent = with_chunk(saved(Image.new("RGB", (2, 1), (0, 255, 0)), "PNG"), b"tRNS", b"\0")

    assert [alpha for *_, alpha in pixels(sent)] == [255, 255]
