"""Shapes to pixels."""

import pytest

from easel.catalog import planning
from easel.catalog.sizes import FreeSizes, parse_ratio, parse_size


def free() -> FreeSizes:
    sizes = planning.load().family("gpt-image-2").sizes
    assert isinstance(sizes, FreeSizes)
    return sizes


@pytest.mark.parametrize(
    ("ratio", "resolution", "size"),
    [
        ("1:1", "1k", "1024x1024"),
        ("3:2", "1k", "1536x1024"),
        ("2:3", "1k", "1024x1536"),
        ("16:9", "1k", "1536x864"),
        ("9:16", "1k", "864x1536"),
        ("3:1", "1k", "1536x512"),
        ("1:3", "1k", "512x1536"),
        ("1:1", "2k", "2048x2048"),
        ("16:9", "2k", "2048x1152"),
        ("16:9", "4k", "3840x2160"),
        ("1:1", "4k", "2880x2880"),
    ],
)
def test_the_usual_shapes_have_the_sizes_one_expects(ratio: str, resolution: str, size: str) -> None:
    assert str(free().nearest(parse_ratio(ratio) or 0, resolution)) == size


@pytest.mark.parametrize(
    ("size", "legal"),
    [
        ("1280x720", True),
        ("816x816", True),
        ("3840x2160", True),
        ("800x800", False),  # too few pixels
        ("1920x1080", False),  # 1080 is no multiple of 16
        ("3856x2160", False),  # an edge too long
        ("3840x1264", False),  # longer than 3:1
        ("3840x2176", False),  # too many pixels
    ],
)
def test_the_published_bounds_hold(size: str, legal: bool) -> None:
    pixels = parse_size(size)

    assert pixels is not None
    assert free().allows(pixels) is legal


@pytest.mark.parametrize(
    "text", ["", "1024", "1024x", "x1024", "1024X1024", "0x5", "-1x5", "1024x1024 ", "auto", "1e3x5"]
)
def test_what_is_not_a_size_is_not_read_as_one(text: str) -> None:
    assert parse_size(text) is None


@pytest.mark.parametrize("text", ["", "1", "1:", ":1", "0:1", "1:0", "4:1", "1:4", "a:b", "1:1:1", "-1:1", "nan:1"])
def test_what_is_not_a_ratio_is_not_read_as_one(text: str) -> None:
    assert parse_ratio(text) is None
