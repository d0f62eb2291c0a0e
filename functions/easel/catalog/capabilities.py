"""Whether a model can do what a request asks of it, said as a sentence that names the field and what the model has."""

from collections.abc import Sequence
from dataclasses import dataclass

from easel.catalog.model import Family
from easel.catalog.plan import Mode
from easel.catalog.sizes import Size, off, parse_ratio, parse_size

SAME_SHAPE = 0.015  # rounding to multiples of 16 pixels does not count as another shape
NEAR_SHAPE = 0.25  # a stand-in may draw a shape this far off (16:9 as 3:2), and no further
BACKGROUND_FORMATS = ("png", "webp")
COMPRESSED_FORMATS = ("jpeg", "webp")


@dataclass(frozen=True)
class Wish:
    """A request's options with the defaults filled in; `ratio` and `size` are never both there."""

    prompt: str
    mode: Mode
    ratio: str | None
    size: str | None
    resolution: str
    quality: str
    n: int
    output_format: str
    output_compression: int | None
    background: str | None
    references: int
    mask: bool
    markup: bool = False
    previews: int = 0


@dataclass(frozen=True)
class Lack:
    """What a model cannot do: the field, the sentence, and what it has instead."""

    field: str
    message: str
    allowed: tuple[str, ...] = ()


def lack(wish: Wish, family: Family) -> Lack | None:
    """The first thing of a wish that the family cannot do; None when it can do it all."""
    for field, value, has in (
        ("mode", wish.mode, family.modes),
        ("quality", wish.quality, family.qualities),
        ("outputFormat", wish.output_format, family.output_formats),
        ("background", wish.background, family.backgrounds),
    ):
        if value is not None and value not in has:
            return Lack(field, f"it has {field} {', '.join(has)}, not {value!r}", tuple(has))
    return _counts(wish, family) or _format(wish, family) or _size(wish, family)


def lack_of_previews(wish: Wish, family: Family) -> Lack | None:
    """Whether the model that was asked for shows what was asked; who stands in for it need not."""
    if wish.previews > family.previews_max:
        has = f"at most {family.previews_max} previews" if family.previews_max else "no previews"
        return Lack("previews", f"it shows {has}; leave the field out or ask for fewer")
    if wish.previews and wish.n > 1:
        return Lack("previews", "previews are of one image; leave them out or send n 1")
    return None


def size_for(wish: Wish, family: Family) -> Size:
    """The pixels a family draws for a wish that it lacks nothing of."""
    if wish.size is not None:
        return _parsed(wish.size)
    return family.sizes.nearest(_ratio(wish), wish.resolution)


def another_shape(size: Size, wish: Wish, *, beyond: float = SAME_SHAPE) -> bool:
    """Whether a size is visibly not the shape that was asked for."""
    return wish.size is None and off(size, _ratio(wish)) > beyond


def _counts(wish: Wish, family: Family) -> Lack | None:
    if not 1 <= wish.n <= family.n_max:
        return Lack("n", f"it makes 1 to {family.n_max} images, not {wish.n}", ("1", str(family.n_max)))
    if wish.references > family.references_max:
        return Lack("references", f"it takes at most {family.references_max} references, not {wish.references}")
    if wish.mask and not family.mask:
        return Lack("mask", "it takes no mask; describe the region in the prompt instead")
    if wish.markup and not family.markup:
        return Lack("markup", "it takes no markup; send a mask, or describe the change in the prompt")
    if len(wish.prompt) > family.prompt_chars_max:
        return Lack("prompt", f"the prompt may have {family.prompt_chars_max:,} characters, not {len(wish.prompt):,}")
    return None


def _format(wish: Wish, family: Family) -> Lack | None:
    if wish.background == "transparent" and wish.output_format not in BACKGROUND_FORMATS:
        has = tuple(each for each in family.output_formats if each in BACKGROUND_FORMATS)
        return Lack("background", f"a transparent background needs outputFormat {_either(has)}", has)
    if wish.output_compression is None:
        return None
    if not family.compression:
        return Lack("outputCompression", "it has no outputCompression; leave it out")
    if wish.output_format not in COMPRESSED_FORMATS:
        has = tuple(each for each in family.output_formats if each in COMPRESSED_FORMATS)
        return Lack("outputCompression", f"outputCompression needs outputFormat {_either(has)}", has)
    return None


def _size(wish: Wish, family: Family) -> Lack | None:
    sizes = family.sizes
    if wish.size is None:
        if wish.resolution not in sizes.resolutions:
            has = tuple(sizes.resolutions)
            return Lack("resolution", f"it has resolution {', '.join(has)}, not {wish.resolution!r}", has)
        return None
    size = _parsed(wish.size)
    if sizes.allows(size):
        return None
    message = f"a size is {sizes.rule}; {sizes.instead_of(size)} would do, {size} does not"
    return Lack("size", message, tuple(str(each) for each in sizes.examples()))


def _parsed(text: str) -> Size:
    size = parse_size(text)
    if size is None:
        raise ValueError(f"not a size: {text!r}")
    return size


def _ratio(wish: Wish) -> float:
    ratio = parse_ratio(wish.ratio or "1:1")
    if ratio is None:
        raise ValueError(f"not a ratio: {wish.ratio!r}")
    return ratio


def _either(names: Sequence[str]) -> str:
    return " or ".join(names)
