"""Shapes to pixels, whatever is asked for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from easel.catalog import planning
from easel.catalog.sizes import FreeSizes, Size, shape_distance


def free() -> FreeSizes:
    sizes = planning.load().family("gpt-image-2").sizes
    assert isinstance(sizes, FreeSizes)
    return sizes


@settings(max_examples=60, deadline=None)
@given(st.floats(1 / 3, 3), st.sampled_from(["1k", "2k", "4k"]))
def test_every_shape_at_every_resolution_is_legal_and_looks_like_itself(ratio: float, resolution: str) -> None:
    size = free().nearest(ratio, resolution)

    assert free().allows(size)
    assert shape_distance(size, ratio) < 0.02


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_whatever_is_asked_a_legal_size_is_offered_instead(width: int, height: int) -> None:
    assert free().allows(free().instead_of(Size(width, height)))
