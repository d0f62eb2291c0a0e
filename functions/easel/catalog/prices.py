"""What an image costs the operator, before it is made and after; whole micro-dollars, rounded up.

A price of $30 per million tokens is 30 micro-dollars a token, so the catalog's figures are used as they are
printed. Three numbers are known before the call: `expected`, `quoted`, which credits are made of (what is sent in may
cost several times what is expected, and nobody knows before), and `worst`, which the day's budget reserves.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from easel.catalog.sizes import Size, resolution_of
from easel.records import ConfigRecord

PER_DOLLAR = 1_000_000
TABLE_HEADROOM = Decimal("1.05")  # published tables are rounded to a tenth of a cent
PREVIEW_TOKENS = 100  # output tokens of one partial image
MEGAPIXEL = 1024 * 1024  # as fal.ai counts: 1024x1024 is one


@dataclass(frozen=True)
class PricedImage:
    """What decides the price of one image."""

    size: Size
    quality: str
    prompt_bytes: int = 0  # in UTF-8
    references: int = 0  # images that are sent in, a mask or markup too
    previews: int = 0


class Rates(ConfigRecord):
    """Dollars per million tokens, by kind."""

    text_in: Decimal
    image_in: Decimal
    image_out: Decimal
    text_out: Decimal | None = None  # unpublished: counted as image tokens, the dearest kind
    reference_tokens: int = 1_300  # a reference of about 1024x1024
    reference_tokens_worst: int = 6_800  # the highest fidelity

    def input_micros(self, prompt_bytes: int, references: int) -> Decimal:
        """A prompt with references: about three bytes a token, in any script."""
        tokens = math.ceil(prompt_bytes / 3)
        return tokens * self.text_in + references * self.reference_tokens * self.image_in

    def input_micros_worst(self, prompt_bytes: int, references: int) -> Decimal:
        """The most it can come to: a token is at least one byte."""
        tokens = prompt_bytes
        return tokens * self.text_in + references * self.reference_tokens_worst * self.image_in


class FormulaPrice(ConfigRecord):
    """Output tokens computed from the size (gpt-image-2 and later).

    `factors` is the multiplier of each quality; `factor_worst` replaces it in the budget where a quality's own is
    not published.
    """

    kind: Literal["formula"]
    rates: Rates
    factors: dict[str, int]
    factor_worst: int | None = None

    def output_micros(self, size: Size, quality: str) -> Decimal:
        """One image, without prompt and references."""
        return image_tokens(self.factors[quality], size) * self.rates.image_out

    def output_micros_worst(self, size: Size, quality: str) -> Decimal:
        """The most one image can cost."""
        return image_tokens(self.factor_worst or self.factors[quality], size) * self.rates.image_out


class TablePrice(ConfigRecord):
    """Published dollars per image: quality, then square, portrait and landscape."""

    kind: Literal["table"]
    rates: Rates
    dollars: dict[str, tuple[Decimal, Decimal, Decimal]]

    def output_micros(self, size: Size, quality: str) -> Decimal:
        """One image, without prompt and references."""
        square, portrait, landscape = self.dollars[quality]
        if size.width == size.height:
            return square * PER_DOLLAR
        return (landscape if size.width > size.height else portrait) * PER_DOLLAR

    def output_micros_worst(self, size: Size, quality: str) -> Decimal:
        """The most one image can cost."""
        return self.output_micros(size, quality) * TABLE_HEADROOM


class ResolutionPrice(ConfigRecord):
    """Output tokens by how large the image is: 1K, 2K or 4K, whatever its shape (Gemini).

    `text_tokens_worst` is what a model may think and say beside the image, in tokens that are billed too.
    """

    kind: Literal["resolution"]
    rates: Rates
    tokens: dict[str, int]
    text_tokens_worst: int = 0

    def output_micros(self, size: Size, quality: str) -> Decimal:
        """One image, without prompt and references."""
        return self.tokens[resolution_of(size)] * self.rates.image_out

    def output_micros_worst(self, size: Size, quality: str) -> Decimal:
        """The most one image can cost."""
        said = self.rates.image_out if self.rates.text_out is None else self.rates.text_out
        return self.output_micros(size, quality) + self.text_tokens_worst * said


class MegapixelPrice(ConfigRecord):
    """Dollars for each megapixel begun, of the image and of each reference; larger references are shrunk first."""

    kind: Literal["megapixel"]
    dollars: Decimal
    reference_megapixels_max: int = 4
    rates: None = None

    def reference_micros(self, pixels: int) -> Decimal:
        """One reference of so many pixels."""
        begun = max(1, math.ceil(pixels / MEGAPIXEL))
        return self.dollars * PER_DOLLAR * min(begun, self.reference_megapixels_max)

    def output_micros(self, size: Size, quality: str) -> Decimal:
        """One image, without references."""
        return self.dollars * PER_DOLLAR * math.ceil(size.pixels / MEGAPIXEL)

    def output_micros_worst(self, size: Size, quality: str) -> Decimal:
        """One image."""
        return self.output_micros(size, quality)


class FlatPrice(ConfigRecord):
    """The same dollars for every image; prompt and references are in it."""

    kind: Literal["flat"]
    dollars: Decimal
    rates: None = None

    def output_micros(self, size: Size, quality: str) -> Decimal:
        """One image."""
        return self.dollars * PER_DOLLAR

    def output_micros_worst(self, size: Size, quality: str) -> Decimal:
        """One image."""
        return self.dollars * PER_DOLLAR


Price = FormulaPrice | TablePrice | ResolutionPrice | MegapixelPrice | FlatPrice


def image_tokens(factor: int, size: Size) -> int:
    """Output tokens of one image by OpenAI's arithmetic for gpt-image-2 and 2.5."""
    short, long = min(size.width, size.height), max(size.width, size.height)
    return math.ceil(factor * int(factor * short / long + 0.5) * (2_000_000 + size.pixels) / 4_000_000)


def expected_micros(price: Price, picture: PricedImage) -> int:
    """What one image most likely costs, its prompt, references and previews included."""
    inputs = price.rates.input_micros(picture.prompt_bytes, picture.references) if price.rates else Decimal()
    if isinstance(price, MegapixelPrice):
        inputs = picture.references * price.reference_micros(MEGAPIXEL)
    return math.ceil(price.output_micros(picture.size, picture.quality) + inputs + _previews_micros(price, picture))


def quoted_micros(price: Price, picture: PricedImage) -> int:
    """What one image is held for: what it most likely costs, with the most that its prompt and references can."""
    most = price.output_micros(picture.size, picture.quality)
    return math.ceil(most + _inputs_micros_worst(price, picture) + _previews_micros(price, picture))


def worst_micros(price: Price, picture: PricedImage) -> int:
    """The most one image can cost, its prompt, references and previews included."""
    most = price.output_micros_worst(picture.size, picture.quality)
    return math.ceil(most + _inputs_micros_worst(price, picture) + _previews_micros(price, picture))


def _inputs_micros_worst(price: Price, picture: PricedImage) -> Decimal:
    if isinstance(price, MegapixelPrice):
        return picture.references * price.reference_micros(price.reference_megapixels_max * MEGAPIXEL)
    return price.rates.input_micros_worst(picture.prompt_bytes, picture.references) if price.rates else Decimal()


def _previews_micros(price: Price, picture: PricedImage) -> Decimal:
    return picture.previews * PREVIEW_TOKENS * price.rates.image_out if price.rates else Decimal()


def credits_for(micros: int, *, margin_percent: int, credit_micros: int) -> int:
    """Whole credits that cover a cost and the operator's margin; never fewer than one."""
    return max(1, -(-micros * (100 + margin_percent) // (100 * credit_micros)))


def cost_micros(price: Price, *, usage: Mapping[str, int], images: int) -> int | None:
    """What a call did cost, by the provider's own counts; None where they do not say, and a price needs them.

    Output tokens are image tokens unless the provider says otherwise, and undivided input counts as its dearer
    kind: a cost is never understated.
    """
    if isinstance(price, FlatPrice):
        return math.ceil(price.dollars * PER_DOLLAR * images)
    if isinstance(price, MegapixelPrice) or "output_tokens" not in usage:
        return None
    rates = price.rates
    text_out = usage.get("output_text_tokens", 0)
    text_in, image_in = usage.get("input_text_tokens", 0), usage.get("input_image_tokens", 0)
    undivided = max(0, usage.get("input_tokens", 0) - text_in - image_in)
    total = (
        text_in * rates.text_in
        + image_in * rates.image_in
        + undivided * max(rates.text_in, rates.image_in)
        + (usage["output_tokens"] - text_out) * rates.image_out
        + text_out * (rates.image_out if rates.text_out is None else rates.text_out)
    )
    return math.ceil(total)
