"""Pixels as the shapes that some providers order by."""

from collections.abc import Sequence

from easel.catalog.sizes import Size, shape_distance


def nearest(size: Size, ratios: Sequence[str]) -> str:
    """The `W:H` that looks most like a size."""
    return min(ratios, key=lambda ratio: shape_distance(size, _value(ratio)))


def _value(ratio: str) -> float:
    width, _, height = ratio.partition(":")
    return float(width) / float(height)
