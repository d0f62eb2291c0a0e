"""The cleaning of images, for a moment."""

from tests.support.proofs import prove


def test_a_slice_ends_in_time_with_pixels_or_a_reason_and_nothing_else() -> None:
    status, figures = prove("images", SCALE="0.01")

    assert (status, figures["crashes"], figures["metadata_left"]) == (0, 0, 0)


def test_a_picture_that_is_passed_on_as_it_came_is_found_out() -> None:
    status, figures = prove("images", SCALE="0.01", SABOTAGE="1")

    assert status == 1
    assert figures["metadata_left"] > 0
