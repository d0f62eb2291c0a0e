"""The page of models is what the catalog says, and what the catalog says is what OpenAI prints."""

import re

from easel.catalog import planning
from easel.policy import Policy
from ops import models

PUBLISHED = {  # dollars of low, medium and high: square, then both oblongs
    "`gpt-image-2` (openai)": (("0.006", "0.053", "0.211"), ("0.005", "0.041", "0.165")),
    "`gpt-image-1.5` (openai)": (("0.009", "0.034", "0.133"), ("0.013", "0.050", "0.200")),
    "`gpt-image-1-mini` (openai)": (("0.005", "0.011", "0.036"), ("0.006", "0.015", "0.052")),
}


def test_the_page_is_current() -> None:
    assert models.PAGE.read_text() == models.page(planning.load(), Policy()), "run `python -m ops.models`"


def test_every_model_that_lives_is_on_it_with_its_abilities() -> None:
    text = models.PAGE.read_text()

    for name, model in planning.load().models.items():
        assert f"`{name}`" in text
        assert all(f"| `{name}` | {offer.provider} |" in text for offer in model.offers)


def test_every_price_openai_publishes_is_on_it_to_the_tenth_of_a_cent() -> None:
    text = models.PAGE.read_text()

    for name, (square, oblong) in PUBLISHED.items():
        part = text[text.index(f"**{name}") :]
        for size, dollars in (("1024x1024", square), ("1536x1024", oblong), ("1024x1536", oblong)):
            row = next(line for line in part.splitlines() if line.startswith(f"| {size} |"))
            assert tuple(re.findall(r"\$(\d\.\d{3})", row)[:3]) == dollars, (name, size)


def test_no_table_of_prices_stands_twice() -> None:
    tables = [part for part in models.PAGE.read_text().split("\n\n") if part.startswith("| size |")]

    assert len(tables) > 5
    assert len(tables) == len(set(tables))
