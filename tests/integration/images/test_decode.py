"""What cannot be decoded is named, and what is thrown away never decides about the picture."""

import zlib

import pytest
from PIL import Image, PngImagePlugin

from easel.errors import ImageRejected
from easel.images import sanitize
from easel.images.orientation import Orientation
from tests.support.picture_files import a_png, chunk, held, incompressible, photo, saved, with_chunk
from tests.support.stand_ins import an_image, opened

XMP = '<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def hexed(size: int) -> bytes:
    """Text that stays large when it is packed."""
    return incompressible(size // 2).hex().encode()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (b"iCCP", b"a profile\0\0" + zlib.compress(incompressible(1_600_000))),
        (b"iCCP", b"a profile\0\0" + zlib.compress(bytes(6_000_000))),
        (b"iCCP", b"a profile\0\0what was never packed"),
        (b"zTXt", b"workflow\0\0" + zlib.compress(hexed(1_500_000))),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(hexed(1_500_000))),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0"),
        (b"tEXt", b"workflow\0" + hexed(3_500_000)),
        (b"zTXt", b"a bomb\0\0" + zlib.compress(bytes(200_000_000), 9)),
        (b"eXIf", b"not what it claims to be"),
        (b"prVt", b"anything"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else None,
)
def test_what_a_png_says_beside_its_pixels_does_not_cost_the_picture(name: bytes, body: bytes) -> None:
    plain = saved(photo(64, 48), "PNG")

    for sent in (with_chunk(plain, name, body), plain[:-12] + chunk(name, body) + plain[-12:]):
        assert sanitize.sanitize(sent)[0] == sanitize.sanitize(plain)[0]
        assert sanitize.examine(sent).width == 64


def test_a_packed_text_that_is_wrongly_summed_costs_nothing_either() -> None:
    plain = saved(photo(64, 48), "PNG")
    broken = chunk(b"zTXt", b"a\0\0" + zlib.compress(b"words"))[:-4] + b"\0\0\0\0"

    assert sanitize.sanitize(plain[:33] + broken + plain[33:])[0] == sanitize.sanitize(plain)[0]


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize(
    "more",
    [
        segment(0xE2, b"MPF\0" + b"II*\0\x08\0\0\0\xff\xff"),
        segment(0xED, b"Photoshop 3.0\0" + b"8BIM" * 9),
        segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"),
        segment(0xE2, b"ICC_PROFILE\0\x02\x01" + b"half a profile"),
        segment(0xFE, b"a comment" * 1_000),
    ],
)
def test_what_a_jpeg_says_beside_its_pixels_does_not_cost_the_picture(more: bytes) -> None:
    plain = saved(photo(64, 48), "JPEG")

    assert sanitize.sanitize(plain[:2] + more + plain[2:])[0] == sanitize.sanitize(plain)[0]


def orientation(content: bytes) -> int:
    return sanitize.sanitize(content)[2].orientation


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "MPO"])
def test_a_picture_says_in_every_form_how_its_camera_was_held(kind: str) -> None:
    more = {"save_all": True, "append_images": [photo(80, 40)]} if kind == "MPO" else {}

    assert orientation(saved(photo(80, 40), kind, exif=held(6), **more)) == 6
    if kind != "MPO":
        xmp = PngImagePlugin.PngInfo()
        xmp.add_itxt("XML:com.adobe.xmp", XMP, zip=True)
        said = {"pnginfo": xmp} if kind == "PNG" else {"xmp": XMP.encode()}
        assert orientation(saved(photo(80, 40), kind, **said)) == 6


def test_a_long_text_still_says_how_the_camera_was_held() -> None:
    body = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP.encode() + hexed(1_500_000))

    assert orientation(with_chunk(saved(photo(80, 40), "PNG"), b"iTXt", body)) == 6


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_end_mark_is_taken_and_one_that_is_cut_off_is_named(progressive: bool) -> None:
    whole = saved(photo(640, 480, grain=30), "JPEG", quality=90, progressive=progressive)

    for end in (-1, -2):
        assert sanitize.sanitize(whole[:end])[0] == sanitize.sanitize(whole)[0]
    for end in (-40, -1_000, len(whole) // 2):
        with pytest.raises(ImageRejected, match=r"a JPEG that cannot be decoded: it is cut off.*send the whole file"):
            sanitize.sanitize(whole[:end])


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_pictures_that_are_cut_off_are_named_too(kind: str) -> None:
    whole = saved(photo(640, 480, grain=30), kind)

    for end in (-100, len(whole) // 2):
        with pytest.raises(ImageRejected, match="it is cut off"):
            sanitize.sanitize(whole[:end])


def test_a_png_without_its_end_is_taken_where_all_its_pixels_are_there() -> None:
    whole = saved(photo(64, 48), "PNG")

    for end in (-12, -13, -5):
        assert sanitize.sanitize(whole[:end])[0] == sanitize.sanitize(whole)[0]


def test_damage_is_told_from_a_missing_end() -> None:
    whole = bytearray(saved(photo(640, 480), "PNG"))
    whole[len(whole) // 2] ^= 0xFF

    with pytest.raises(ImageRejected, match="cannot be decoded: its data is damaged; save it anew"):
        sanitize.sanitize(bytes(whole))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty; send the whole file"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "it is HEIC, as iPhones save it.*save it as JPEG"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "it is AVIF.*save it as JPEG"),
        (an_image(kind="GIF"), "it is GIF.*save it as PNG"),
        (b"%PDF-1.7\n", "it is PDF.*export the page as PNG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a drawing -->\n<svg width='9'/>", "it is SVG.*save it as PNG"),
        (b"<!DOCTYPE html><title>Sign in</title>", "it is a web page.*send the address of the picture itself"),
        (b"hello", "it cannot be decoded as PNG, JPEG or WebP"),
    ],
)
def test_what_is_no_picture_we_take_is_named_with_what_to_do(content: bytes, says: str) -> None:
    for look in (sanitize.sanitize, sanitize.examine):
        with pytest.raises(ImageRejected, match=says):
            look(content)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_phones_photo_of_50_megapixels_is_taken_and_made_smaller(progressive: bool) -> None:
    sent = saved(Image.new("RGB", (8_160, 6_120), (90, 120, 40)), "JPEG", exif=held(6), progressive=progressive)

    clean, facts, turn = sanitize.sanitize(sent)

    assert turn == Orientation(6, (8_160, 6_120), (6_120, 8_160), (3_060, 4_080))
    assert (facts.width, facts.height, facts.mime_type) == (3_060, 4_080, "image/jpeg")
    assert all(abs(a - b) <= 3 for a, b in zip(opened(clean).getpixel((9, 9)), (90, 120, 40), strict=True))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sent", "size"),
    [(a_png(5_001, 5_000), "5001x5000"), (saved(Image.new("L", (8_200, 8_000)), "JPEG"), "8200x8000")],
)
def test_what_is_larger_than_that_is_refused_with_the_limit(sent: bytes, size: str) -> None:
    says = rf"it is {size}; at most 25,000,000 pixels \(65,000,000 of a JPEG\) and 16,384 an edge.*make it smaller"

    with pytest.raises(ImageRejected, match=says):
        sanitize.sanitize(sent)


def test_a_provider_may_make_larger_pictures_than_a_caller_may_send() -> None:
    assert sanitize.examine(saved(Image.new("L", (6_000, 6_000)), "PNG", compress_level=1)).width == 6_000
    assert sanitize.examine(saved(Image.new("L", (6_000, 6_000)), "JPEG")).width == 6_000
