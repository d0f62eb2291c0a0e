"""Which pixel sizes a model draws, and which of them comes closest to the shape a caller asked for."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from easel.records import ConfigRecord

RATIO_MAX = 3.0  # no model draws anything longer than 3:1
RATIO_WEIGHT = 10.0  # a wrong shape is worse than a few pixels too many: ten times

# Longest and shortest edge that a resolution stands for; a landscape of 3:2 fills the first one exactly.
BELOW = {"1k": 2_500_000, "2k": 9_000_000}
RESOLUTIONS: dict[str, tuple[int, int]] = {"1k": (1536, 1024), "2k": (2048, 2048), "4k": (3840, 3840)}


@dataclass(frozen=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def pixels(self) -> int:
        """How many there are."""
        return self.width * self.height


class FreeSizes(ConfigRecord):
    """Any size within bounds (gpt-image-2 and later)."""

    kind: Literal["free"]
    step: int
    edge_max: int
    pixels_min: int
    pixels_max: int
    resolutions: tuple[str, ...]

    def allows(self, size: Size) -> bool:
        """Whether the model draws exactly this."""
        long, short = max(size.width, size.height), min(size.width, size.height)
        return (
            short > 0
            and size.width % self.step == 0
            and size.height % self.step == 0
            and long <= self.edge_max
            and long <= RATIO_MAX * short
            and self.pixels_min <= size.pixels <= self.pixels_max
        )

    def nearest(self, ratio: float, resolution: str) -> Size:
        """The legal size that looks most like `ratio` at about `resolution`."""
        return _nearest(self, ratio, resolution)

    def near(self, ratio: float, resolution: str) -> Iterator[Size]:
        """The legal sizes of about this ratio and resolution."""
        long_max, short_max = RESOLUTIONS[resolution]
        for width in range(self.step, self.edge_max + 1, self.step):
            below = int(width / ratio / self.step) * self.step
            for height in (below, below + self.step):
                size = Size(width, height)
                if self.allows(size) and max(width, height) <= long_max and min(width, height) <= short_max:
                    yield size

    def instead_of(self, size: Size) -> Size:
        """A legal size that is close to an illegal one."""
        rounded = Size(*(max(1, round(edge / self.step)) * self.step for edge in (size.width, size.height)))
        return rounded if self.allows(rounded) else self.nearest(_ratio_within(size), self.resolutions[0])

    @property
    def rule(self) -> str:
        """The bounds as a sentence for a caller."""
        return (
            f"both edges multiples of {self.step}, none above {self.edge_max}, no longer than 3:1, "
            f"{self.pixels_min:,} to {self.pixels_max:,} pixels in all"
        )

    def examples(self) -> tuple[Size, ...]:
        """Sizes worth showing: the usual shapes at each resolution."""
        return _usual(self)


class FixedSizes(ConfigRecord):
    """A few sizes and no others."""

    kind: Literal["fixed"]
    sizes: tuple[str, ...]
    resolutions: tuple[str, ...] = ("1k",)

    def allows(self, size: Size) -> bool:
        """Whether the model draws exactly this."""
        return str(size) in self.sizes

    def nearest(self, ratio: float, resolution: str) -> Size:
        """The size of the list whose shape is nearest to `ratio`, among those of the `resolution`."""
        fitting = [size for size in self.examples() if resolution_of(size) == resolution] or self.examples()
        return min(fitting, key=lambda size: shape_distance(size, ratio))

    def instead_of(self, size: Size) -> Size:
        """A legal size that is close to an illegal one."""
        return self.nearest(_ratio_within(size), "1k")

    @property
    def rule(self) -> str:
        """The list as a sentence for a caller."""
        return "one of " + ", ".join(self.sizes)

    def examples(self) -> tuple[Size, ...]:
        """All of them."""
        return tuple(size for size in map(parse_size, self.sizes) if size is not None)


def resolution_of(size: Size) -> str:
    """Which of the resolutions a size belongs to, by its pixels."""
    return next((name for name, pixels in BELOW.items() if size.pixels < pixels), "4k")


def parse_size(text: str) -> Size | None:
    """`WxH` as a size; None when it is not of that form."""
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    return Size(int(match[1]), int(match[2])) if match else None


def parse_ratio(text: str) -> float | None:
    """`W:H` as width over height; None when it is not of that form or outside 1:3 to 3:1."""
    match = re.fullmatch(r"(\d{1,4}(?:\.\d{1,3})?):(\d{1,4}(?:\.\d{1,3})?)", text)
    if not match or not float(match[1]) or not float(match[2]):
        return None
    ratio = float(match[1]) / float(match[2])
    return ratio if 1 / RATIO_MAX <= ratio <= RATIO_MAX else None


def shape_distance(size: Size, ratio: float) -> float:
    """How far a size's shape is from a ratio: 0 is the very shape, 0.1 about a tenth too wide or too tall."""
    return abs(math.log(size.width / size.height / ratio))


@cache
def _usual(sizes: FreeSizes) -> tuple[Size, ...]:
    shapes = [(1, 1), (3, 2), (2, 3), (16, 9), (9, 16)]
    return tuple(dict.fromkeys(sizes.nearest(w / h, each) for each in sizes.resolutions for w, h in shapes))


def _ratio_within(size: Size) -> float:
    return min(RATIO_MAX, max(1 / RATIO_MAX, size.width / size.height))


def _ideal_pixels(ratio: float, resolution: str, pixels_max: int) -> float:
    long_max, short_max = RESOLUTIONS[resolution]
    stretch = max(ratio, 1 / ratio)
    long = min(long_max, short_max * stretch)
    return min(long * long / stretch, pixels_max)


@lru_cache(maxsize=256)  # callers ask for the same few ratios; each search looks at hundreds of sizes
def _nearest(sizes: FreeSizes, ratio: float, resolution: str) -> Size:
    pixels = _ideal_pixels(ratio, resolution, sizes.pixels_max)

    def distance(size: Size) -> float:
        return RATIO_WEIGHT * shape_distance(size, ratio) + abs(math.log(size.pixels / pixels))

    return min(sizes.near(ratio, resolution), key=distance)
