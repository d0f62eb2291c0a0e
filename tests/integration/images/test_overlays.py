"""Masks and markups: what they say, where they lie, and how large they become."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms

from easel.errors import ImageRejected
from easel.images import overlays, sanitize
from easel.images.orientation import Orientation
from easel.images.sanitize import Facts
from tests.support.picture_files import noise, photo, saved
from tests.support.stand_ins import an_image, opened

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
Clean = Callable[[bytes, Orientation], tuple[bytes, Facts]]
OVERLAYS: tuple[Clean, ...] = (overlays.sanitize_mask, overlays.sanitize_markup)


def turn_of(content: bytes) -> Orientation:
    return sanitize.sanitize(content)[2]


def test_a_mask_that_fits_is_accepted() -> None:
    _, facts = overlays.sanitize_mask(an_image(mode="RGBA", colour=(9, 9, 9, 0)), turn_of(an_image()))

    assert facts == Facts(64, 48, "image/png", alpha=True)


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (an_image(), "alpha"),
        (an_image(kind="WEBP", mode="RGBA", colour=(1, 1, 1, 0)), "must be a PNG"),
        (an_image(65, 48, mode="RGBA"), "one size"),
        (bytes(4_000_000), "fewer than"),
    ],
)
def test_a_mask_that_does_not_fit_is_rejected(mask: bytes, reason: str) -> None:
    with pytest.raises(ImageRejected, match=reason):
        overlays.sanitize_mask(mask, turn_of(an_image()))


def a_mask_with_a_hole(width: int, height: int) -> bytes:
    """Transparent in its upper left quarter."""
    mask = Image.new("RGBA", (width, height), "black")
    mask.paste((0, 0, 0, 0), (0, 0, width // 2, height // 2))
    out = io.BytesIO()
    mask.save(out, "PNG")
    return out.getvalue()


def hole(content: bytes) -> tuple[bool, ...]:
    """Which quarters are transparent: upper left, upper right, lower left, lower right."""
    mask = opened(content)
    wide, tall = mask.width // 4, mask.height // 4
    places = ((wide, tall), (3 * wide, tall), (wide, 3 * tall), (3 * wide, 3 * tall))
    return tuple(mask.getpixel(place)[3] == 0 for place in places)  # type: ignore[index]


def a_photo_held(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return an_image(80, 40, kind="JPEG", exif=exif)


UPPER_LEFT, UPPER_RIGHT, LOWER_LEFT, LOWER_RIGHT = (
    tuple(place == quarter for place in range(4)) for quarter in range(4)
)


@pytest.mark.parametrize(
    ("orientation", "where"),
    [
        (1, UPPER_LEFT),
        (2, UPPER_RIGHT),
        (3, LOWER_RIGHT),
        (4, LOWER_LEFT),
        (5, UPPER_LEFT),
        (6, UPPER_RIGHT),
        (7, LOWER_RIGHT),
        (8, LOWER_LEFT),
    ],
)
def test_a_mask_is_turned_with_its_reference(orientation: int, where: tuple[bool, ...]) -> None:
    clean, facts = overlays.sanitize_mask(a_mask_with_a_hole(80, 40), turn_of(a_photo_held(orientation)))

    assert (facts.width, facts.height) == ((80, 40) if orientation < 5 else (40, 80))
    assert hole(clean) == where


def test_a_mask_drawn_on_the_upright_picture_stays_as_it_is() -> None:
    clean, facts = overlays.sanitize_mask(a_mask_with_a_hole(40, 80), turn_of(a_photo_held(6)))

    assert (facts.width, facts.height) == (40, 80)
    assert hole(clean) == UPPER_LEFT


def test_a_mask_shrinks_with_its_reference() -> None:
    _, facts = overlays.sanitize_mask(a_mask_with_a_hole(5_000, 100), turn_of(an_image(5_000, 100)))

    assert (facts.width, facts.height) == (4_096, 82)


def with_a_hole(image: Image.Image, hole: tuple[int, int, int, int], **options: object) -> bytes:
    """The picture with a transparent rectangle, as canvases save it."""
    image = image.convert("RGBA")
    image.paste((0, 0, 0, 0), hole)
    return saved(image, "PNG", **options)


def test_a_photo_with_a_hole_is_a_small_mask_with_the_same_alpha() -> None:
    picture = photo(1_100, 1_100, grain=40)
    sent = with_a_hole(picture, (100, 100, 400, 300), compress_level=6)
    assert 2_000_000 < len(sent) < overlays.OVERLAY_BYTES_MAX

    clean, _ = overlays.sanitize_mask(sent, turn_of(saved(picture, "JPEG")))

    assert len(clean) < 100_000
    assert opened(clean).getchannel("A").tobytes() == opened(sent).getchannel("A").tobytes()
    assert opened(clean).convert("RGB").getextrema() == ((0, 0), (0, 0), (0, 0))


@pytest.mark.parametrize("clean", OVERLAYS)
@pytest.mark.parametrize("colour", [(255, 255, 255, 255), (0, 0, 0, 255)])
def test_an_overlay_in_which_nothing_is_transparent_is_refused_with_the_remedy(
    clean: Clean, colour: tuple[int, ...]
) -> None:
    sent = Image.new("RGBA", (64, 48), colour)
    sent.paste((255, 255, 255, 255), (10, 10, 30, 30))

    with pytest.raises(ImageRejected, match=r"nothing in it is transparent.*(erase|draw)"):
        clean(saved(sent, "PNG"), turn_of(an_image()))


@pytest.mark.parametrize("clean", OVERLAYS)
def test_one_transparent_pixel_is_enough(clean: Clean) -> None:
    sent = Image.new("RGBA", (64, 48), (255, 255, 255, 255))
    sent.putpixel((5, 5), (0, 0, 0, 0))

    made, facts = clean(saved(sent, "PNG"), turn_of(an_image()))

    assert facts.alpha
    assert opened(made).getchannel("A").getextrema() == (0, 255)


def test_a_mask_may_let_everything_change_but_a_markup_must_show_something() -> None:
    clear = an_image(mode="RGBA", colour=(0, 0, 0, 0))

    assert overlays.sanitize_mask(clear, turn_of(an_image()))
    with pytest.raises(ImageRejected, match="nothing is drawn"):
        overlays.sanitize_markup(clear, turn_of(an_image()))


def test_a_markup_keeps_its_colours_and_is_turned_with_its_reference() -> None:
    drawn = Image.new("RGBA", (80, 40), (77, 77, 77, 0))
    drawn.paste((255, 0, 0, 255), (0, 0, 20, 10))

    made, facts = overlays.sanitize_markup(saved(drawn, "PNG"), turn_of(a_photo_held(6)))

    assert (facts.width, facts.height) == (40, 80)
    assert opened(made).getpixel((37, 3)) == (255, 0, 0, 255)
    assert opened(made).getpixel((3, 3)) == (0, 0, 0, 0)


@pytest.mark.parametrize("icc", [None, SRGB])
def test_a_colour_that_stands_for_nothing_is_a_masks_hole(icc: bytes | None) -> None:
    sent = Image.new("RGB", (64, 48), "black")
    sent.paste((0, 255, 0), (0, 0, 32, 24))
    options = {"icc_profile": icc} if icc else {}

    for file in (
        saved(sent, "PNG", transparency=(0, 255, 0), **options),
        saved(sent.quantize(2), "PNG", transparency=sent.quantize(2).getpixel((0, 0)), **options),
    ):
        made, _ = overlays.sanitize_mask(file, turn_of(an_image()))
        assert hole(made) == UPPER_LEFT


def test_a_mask_made_anew_is_below_the_limit_however_fine_its_edges_are() -> None:
    alpha = noise("L", (1_750, 1_750))
    sent = saved(Image.merge("LA", (Image.new("L", alpha.size), alpha)), "PNG", compress_level=6)
    assert len(sent) < overlays.OVERLAY_BYTES_MAX

    made, _ = overlays.sanitize_mask(sent, turn_of(an_image(1_750, 1_750)))

    assert len(made) < overlays.OVERLAY_BYTES_MAX


def test_a_mask_that_cannot_be_made_small_is_refused_and_nothing_worse() -> None:
    edge = 4_096
    bits = noise("L", (edge // 8, edge)).tobytes()
    sent = Image.frombytes("1", (edge, edge), bits)
    turn = Orientation(1, sent.size, sent.size, sent.size)
    content = saved(sent, "PNG", transparency=0, compress_level=1)
    assert len(content) < overlays.OVERLAY_BYTES_MAX

    with pytest.raises(ImageRejected, match="4,000,000 bytes or more when it is made anew; smooth its edges"):
        overlays.sanitize_mask(content, turn)


def test_a_markup_of_too_many_colours_gets_fewer() -> None:
    picture = photo(1_100, 1_100, grain=40)
    sent = with_a_hole(picture, (100, 100, 400, 300), compress_level=6)

    made, facts = overlays.sanitize_markup(sent, turn_of(saved(picture, "JPEG")))

    assert len(made) < overlays.OVERLAY_BYTES_MAX
    assert opened(made).getpixel((200, 200))[3] == 0  # type: ignore[index]
    assert (facts.width, facts.height) == (1_100, 1_100)


def test_a_mask_follows_a_photo_that_was_decoded_at_half_its_size() -> None:
    turn = Orientation(6, (8_160, 6_120), (6_120, 8_160), (3_060, 4_080))
    sent = Image.new("LA", (8_160, 6_120), (0, 255))
    sent.paste((0, 0), (0, 0, 4_080, 3_060))

    made, facts = overlays.sanitize_mask(saved(sent, "PNG", compress_level=1), turn)

    assert (facts.width, facts.height) == (3_060, 4_080)
    assert hole(made) == UPPER_RIGHT
