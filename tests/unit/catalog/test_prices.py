"""Prices against every figure OpenAI publishes, and costs against the provider's own counts."""

import pytest

from easel.catalog import planning, prices
from easel.catalog.prices import PricedImage
from easel.catalog.sizes import Size, parse_size

SQUARE, PORTRAIT, LANDSCAPE = Size(1024, 1024), Size(1024, 1536), Size(1536, 1024)

# Tenths of a cent: low, medium, high of a square, then of both oblongs.
PUBLISHED = {
    "gpt-image-2": ((6, 53, 211), (5, 41, 165)),
    "gpt-image-1.5": ((9, 34, 133), (13, 50, 200)),
    "gpt-image-1-mini": ((5, 11, 36), (6, 15, 52)),
}
CELLS = [
    (model, quality, size, figure)
    for model, (square, oblong) in PUBLISHED.items()
    for sizes, row in (((SQUARE,), square), ((PORTRAIT, LANDSCAPE), oblong))
    for size in sizes
    for quality, figure in zip(("low", "medium", "high"), row, strict=True)
]


def the_price(model_id: str) -> prices.Price:
    found = planning.load().price_of("openai", model_id)
    assert found is not None
    return found


@pytest.mark.parametrize(("model", "quality", "size", "figure"), CELLS)
def test_every_published_price_is_reproduced(model: str, quality: str, size: Size, figure: int) -> None:
    micros = prices.expected_micros(the_price(model), PricedImage(size=size, quality=quality))

    assert round(micros / 1_000) == figure


@pytest.mark.parametrize(
    ("factor", "size", "tokens"),
    [
        (96, "1792x1024", 5063),
        (96, "3584x2048", 12329),
        (16, "1024x1024", 196),
        (48, "1024x1024", 1756),
        (24, "1024x1024", 439),
        (24, "2048x1152", 367),
        (64, "2048x2048", 6343),
        (64, "3840x2160", 5930),
        (96, "3840x2160", 13342),
    ],
)
def test_the_formula_gives_the_counts_that_were_seen(factor: int, size: str, tokens: int) -> None:
    pixels = parse_size(size)

    assert pixels is not None
    assert prices.image_tokens(factor, pixels) == tokens


def test_the_newest_family_is_priced_above_what_was_measured() -> None:
    low = prices.expected_micros(the_price("gpt-image-2.6-flare"), PricedImage(size=LANDSCAPE, quality="low"))

    assert low >= 664 * 30


def test_credits_are_whole_and_cover_the_cost() -> None:
    assert prices.credits_for(52_680, margin_percent=0, credit_micros=10_000) == 6
    assert prices.credits_for(60_000, margin_percent=0, credit_micros=10_000) == 6
    assert prices.credits_for(60_000, margin_percent=1, credit_micros=10_000) == 7
    assert prices.credits_for(1, margin_percent=0, credit_micros=10_000) == 1


def test_a_cost_is_counted_by_kind_with_output_images_at_thirty_dollars() -> None:
    usage = {
        "input_tokens": 1_249,
        "input_text_tokens": 20,
        "input_image_tokens": 1_229,
        "output_tokens": 1_756,
        "output_image_tokens": 1_756,
    }

    assert prices.cost_micros(the_price("gpt-image-2"), usage=usage, images=1) == 20 * 5 + 1_229 * 8 + 1_756 * 30


def test_a_cost_is_never_understated_when_counts_are_not_divided() -> None:
    undivided = {"input_tokens": 100, "output_tokens": 1_000}

    assert prices.cost_micros(the_price("gpt-image-2"), usage=undivided, images=1) == 100 * 8 + 1_000 * 30
    assert prices.cost_micros(the_price("gpt-image-2"), usage={}, images=1) is None


def test_text_output_has_its_own_rate_where_one_is_published() -> None:
    usage = {"output_tokens": 1_100, "output_text_tokens": 100}

    assert prices.cost_micros(the_price("gpt-image-1.5"), usage=usage, images=1) == 1_000 * 32 + 100 * 10
    assert prices.cost_micros(the_price("gpt-image-2"), usage=usage, images=1) == 1_100 * 30


def test_a_flat_price_is_per_image_that_came() -> None:
    price = planning.load().price_of("openai_compatible", "whatever-was-set-up")

    assert price is not None
    assert prices.cost_micros(price, usage={}, images=3) == 120_000


def test_nobody_knows_what_a_stranger_costs() -> None:
    assert planning.load().price_of("openai", "sketch") is None
