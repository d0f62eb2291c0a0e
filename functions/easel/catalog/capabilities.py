"""Whether a model can do what a request asks of it, said as a sentence that names the field and what the model has."""

from collections.abc import Sequence
from dataclasses import dataclass

from easel.catalog.model import Family
from easel.catalog.plan import Mode
from easel.catalog.sizes import Size, parse_ratio, parse_size, shape_distance

SAME_SHAPE = 0.015  # rounding to multiples of 16 pixels does not count as another shape
NEAR_SHAPE = 0.25  # a stand-in may draw a shape this far off (16:9 as 3:2), and no further
BACKGROUND_FORMATS = ("png", "webp")
COMPRESSED_FORMATS = ("jpeg", "webp")


@dataclass(frozen=True)
class Options:
    """A request's options with the defaults filled in; `ratio` and `size` are never both there."""

    prompt_chars: int
    prompt_bytes: int  # in UTF-8
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
class Unsupported:
    """What a model cannot do: the field, the sentence, and what it has instead."""

    field: str
    message: str
    allowed: tuple[str, ...] = ()


def find_unsupported(options: Options, family: Family) -> Unsupported | None:
    """The first option that the family cannot do; None when it can do it all."""
    for field, value, has in (
        ("mode", options.mode, family.modes),
        ("quality", options.quality, family.qualities),
        ("outputFormat", options.output_format, family.output_formats),
        ("background", options.background, family.backgrounds),
    ):
        if value is not None and value not in has:
            return Unsupported(field, f"it has {field} {', '.join(has)}, not {value!r}", tuple(has))
    return _counts(options, family) or _format(options, family) or _size(options, family)


def find_unsupported_previews(options: Options, family: Family) -> Unsupported | None:
    """Whether the model that was asked for shows what was asked; who stands in for it need not."""
    if options.previews > family.previews_max:
        has = f"at most {family.previews_max} previews" if family.previews_max else "no previews"
        return Unsupported("previews", f"it shows {has}; leave the field out or ask for fewer")
    if options.previews and options.n > 1:
        return Unsupported("previews", "previews are of one image; leave them out or send n 1")
    return None


def size_for(options: Options, family: Family) -> Size:
    """The pixels a family draws for options that it all supports."""
    if options.size is not None:
        return _parsed(options.size)
    return family.sizes.nearest(_ratio(options), options.resolution)


def another_shape(size: Size, options: Options, *, beyond: float = SAME_SHAPE) -> bool:
    """Whether a size is visibly not the shape that was asked for."""
    return options.size is None and shape_distance(size, _ratio(options)) > beyond


def _counts(options: Options, family: Family) -> Unsupported | None:
    if not 1 <= options.n <= family.n_max:
        return Unsupported("n", f"it makes 1 to {family.n_max} images, not {options.n}", ("1", str(family.n_max)))
    if options.references > family.references_max:
        return Unsupported(
            "references", f"it takes at most {family.references_max} references, not {options.references}"
        )
    if options.mask and not family.mask:
        return Unsupported("mask", "it takes no mask; describe the region in the prompt instead")
    if options.markup and not family.markup:
        return Unsupported("markup", "it takes no markup; send a mask, or describe the change in the prompt")
    if options.prompt_chars > family.prompt_chars_max:
        return Unsupported(
            "prompt", f"the prompt may have {family.prompt_chars_max:,} characters, not {options.prompt_chars:,}"
        )
    return None


def _format(options: Options, family: Family) -> Unsupported | None:
    if options.background == "transparent" and options.output_format not in BACKGROUND_FORMATS:
        has = tuple(each for each in family.output_formats if each in BACKGROUND_FORMATS)
        return Unsupported("background", f"a transparent background needs outputFormat {_either(has)}", has)
    if options.output_compression is None:
        return None
    if not family.compression:
        return Unsupported("outputCompression", "it has no outputCompression; leave it out")
    if options.output_format not in COMPRESSED_FORMATS:
        has = tuple(each for each in family.output_formats if each in COMPRESSED_FORMATS)
        return Unsupported("outputCompression", f"outputCompression needs outputFormat {_either(has)}", has)
    return None


def _size(options: Options, family: Family) -> Unsupported | None:
    sizes = family.sizes
    if options.size is None:
        if options.resolution not in sizes.resolutions:
            has = tuple(sizes.resolutions)
            return Unsupported("resolution", f"it has resolution {', '.join(has)}, not {options.resolution!r}", has)
        return None
    size = _parsed(options.size)
    if sizes.allows(size):
        return None
    message = f"a size is {sizes.rule}; {sizes.instead_of(size)} would do, {size} does not"
    return Unsupported("size", message, tuple(str(each) for each in sizes.examples()))


def _parsed(text: str) -> Size:
    size = parse_size(text)
    if size is None:
        raise ValueError(f"not a size: {text!r}")
    return size


def _ratio(options: Options) -> float:
    ratio = parse_ratio(options.ratio or "1:1")
    if ratio is None:
        raise ValueError(f"not a ratio: {options.ratio!r}")
    return ratio


def _either(names: Sequence[str]) -> str:
    return " or ".join(names)
