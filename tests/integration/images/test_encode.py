"""What Easel makes anew keeps to the limits that it sets."""

import pytest
from PIL import Image

from easel.images import sanitize
from easel.images.encode import CLEAN_BYTES_MAX, clean_file
from tests.support.picture_files import noise, photo, saved
from tests.support.stand_ins import opened


def test_a_picture_whose_png_would_be_too_large_becomes_a_jpeg_of_the_same_size() -> None:
    sent = saved(noise("RGB", (2_000, 2_000)), "PNG", compress_level=1)
    assert len(sent) > CLEAN_BYTES_MAX

    clean, facts, turn = sanitize.sanitize(sent)

    assert len(clean) <= CLEAN_BYTES_MAX
    assert (facts.width, facts.height, facts.mime_type) == (2_000, 2_000, "image/jpeg")
    assert turn.final == (2_000, 2_000)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_picture_with_transparency_that_would_be_too_large_is_made_smaller(mode: str) -> None:
    sent = saved(noise(mode, (2_000, 2_000)), "PNG", compress_level=1)

    clean, facts, turn = sanitize.sanitize(sent)

    assert len(clean) <= CLEAN_BYTES_MAX
    assert (facts.mime_type, facts.alpha) == ("image/png", True)
    assert turn.final == (facts.width, facts.height) == opened(clean).size
    assert turn.final[0] > 1_000


def test_a_photo_that_is_too_large_at_our_quality_gets_less_of_it_and_then_fewer_pixels() -> None:
    sharp = noise("RGB", (2_000, 2_000))

    made = clean_file(sharp, photo=True, sent=1)
    larger = clean_file(sharp.resize((4_000, 4_000), Image.Resampling.NEAREST), photo=True, sent=1)

    assert (made.size, made.mime_type) == ((2_000, 2_000), "image/jpeg")
    assert len(larger.content) <= CLEAN_BYTES_MAX


@pytest.mark.parametrize(("quality", "lossless"), [(90, False), (100, True)])
def test_a_webp_grows_no_more_than_threefold(quality: int, lossless: bool) -> None:
    sent = saved(photo(600, 450), "WEBP", quality=quality, lossless=lossless, method=1)

    clean, _, _ = sanitize.sanitize(sent)

    assert len(clean) <= 3 * len(sent)


def test_a_drawing_stays_free_of_artefacts() -> None:
    drawing = Image.new("RGB", (600, 400), "white")
    drawing.paste((200, 0, 0), (100, 100, 300, 300))

    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        clean, facts, _ = sanitize.sanitize(saved(drawing, kind, **options))

        assert facts.mime_type == "image/png"
        assert opened(clean).tobytes() == drawing.tobytes()


def test_alpha_that_hides_nothing_is_left_out() -> None:
    clean, facts, _ = sanitize.sanitize(saved(Image.new("RGBA", (40, 30), (9, 9, 9, 255)), "PNG"))

    assert not facts.alpha
    assert opened(clean).mode == "RGB"


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_was_cleaned_is_never_refused_when_it_is_looked_at_again(mode: str) -> None:
    clean, facts, _ = sanitize.sanitize(saved(noise(mode, (2_400, 2_000)), "PNG", compress_level=1))

    assert sanitize.examine(clean) == sanitize.facts_of_our_own(clean) == facts
