"""The catalog as a page: `python -m ops.models` writes `docs/models.md`; a test holds the two together."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from easel.catalog import planning, prices
from easel.catalog.model import Catalog, Family, Model, Offer
from easel.policy import Policy

PAGE = Path(__file__).parents[1] / "docs" / "models.md"
HEAD = """\
# Models

Made from `functions/easel/catalog/catalog.toml` by `python -m ops.models`; do not edit it by hand.

A price is what one image costs the operator, without prompt and references, and in brackets what it costs its owner in
credits, at the catalog's default of $0.01 a credit and no margin. A prompt adds $0.000005 a token, a reference, a
mask or a markup from $0.01 to $0.055 at OpenAI, which nobody knows before: the quote holds the most, and what the
provider says it used is charged. Which of these a stage serves depends on the providers that it is set up with:
`GET /api/models` says so.
"""
LEFT_OUT = """\
## What is left out

- OpenAI's GIF and SVG output: animation and vectors are other kinds of result, in preview for some accounts only.
- OpenAI's Batch API: half the price, and up to a day to wait.
- `complexity` of the 2.6 models: the models' own default holds.
- Stability's edit services on Bedrock (inpaint, outpaint, upscale): models of their own, each with another body.
- Stability's pixel sizes are those of its one-megapixel buckets; what comes is measured, and told as it is.
- Gemini chooses PNG or JPEG by itself; what comes is told as it is.
- Masks at fal.ai: they are said to be white where ours are transparent, so a job with a mask is not sent there.
"""
SOURCES = """\
## How sure the figures are

As of November 2026, from what the providers print; no call was made to prove one. What a call really cost is counted
by the provider's own usage where it tells one, so a wrong figure here makes a wrong quote and no wrong books.

- **OpenAI**: tokens, sizes and prices per image are printed, and the arithmetic meets every price (a test). Not proven:
  2.6, whose tokens are one outsider's measurement; its credits are those of the tier above, the budget reserves `max`.
- **Azure OpenAI**: not proven: that its rates and sizes are OpenAI's.
- **fal.ai**: the rates of `gpt-image-2` and $0.008 a megapixel of `flux-2-turbo` are printed; 1024x1024 is one of them.
  Not proven: that four references are the most, and that larger ones are shrunk to four megapixels.
- **Gemini**: $30 and $120 a million image tokens, 1,120 of them at 1K, all of `gemini-3-pro-image`, and that the small
  model draws 1K alone. Not proven: `gemini-nano-banana-2.1` at 2K and 4K (its predecessor's tokens), what it thinks.
- **Bedrock**: shapes, formats and the length of a prompt are printed; the three prices are from an outsider's table.
- **Your own server**: all of it is a guess. Set what your server charges.
"""


def page(known: Catalog, policy: Policy) -> str:
    """The whole page."""
    parts = [HEAD, "## What each can do", _table(_abilities(known)), "## What an image costs"]
    served: dict[tuple[str, str], list[str]] = {}  # who asks the same sizes at the same prices shares a table
    for family_name in known.families:
        for who, rule, table in _family(known, family_name, policy):
            served.setdefault((rule, table), []).extend(who)
    for (rule, table), who in served.items():
        parts += [f"**{', '.join(who)}**", rule, table]
    parts += ["## Gone, or going", _table(_lives(known)), SOURCES, LEFT_OUT]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def main(words: Sequence[str]) -> int:
    """Write the page."""
    argparse.ArgumentParser(prog="python -m ops.models", description=__doc__).parse_args(words)
    PAGE.write_text(page(planning.load(), Policy()))
    print(PAGE.relative_to(PAGE.parents[1]))
    return 0


def _abilities(known: Catalog) -> Iterator[Sequence[str]]:
    yield "model", "provider", "modes", "references", "mask", "markup", "previews", "formats", "backgrounds", "a call"
    for model_id, model in known.models.items():
        for offer in model.offers:
            yield _ability(model_id, offer, known.family_at(model_id, offer))


def _ability(model_id: str, offer: Offer, family: Family) -> Sequence[str]:
    edits = "image_to_image" in family.modes
    return (
        f"`{model_id}`",
        offer.provider,
        "text, image" if edits else "text",
        str(family.references_max) if edits else "–",
        _yes(family.mask and edits),
        _yes(family.markup),
        str(family.previews_max or "–"),
        ", ".join(family.output_formats),
        ", ".join(family.backgrounds),
        str(offer.images_per_call),
    )


def _family(known: Catalog, name: str, policy: Policy) -> Iterator[tuple[list[str], str, str]]:
    """Who shares a price in a family, the rule of its sizes, and the table of prices."""
    served = [
        (model_id, offer)
        for model_id, model in known.models.items()
        for offer in model.offers
        if (offer.family or model.family) == name
    ]
    rule = known.families[name].sizes.rule
    for price in dict.fromkeys(known.price(model_id, offer).model_dump_json() for model_id, offer in served):
        these = [(m, o) for m, o in served if known.price(m, o).model_dump_json() == price]
        who = [f"`{model_id}` ({offer.provider})" for model_id, offer in these]
        yield who, f"{rule[0].upper()}{rule[1:]}.", _table(_prices(known, name, *these[0], policy))


def _prices(known: Catalog, name: str, model_id: str, offer: Offer, policy: Policy) -> Iterator[Sequence[str]]:
    family, price = known.families[name], known.price(model_id, offer)
    yield "size", *family.qualities
    for size in family.sizes.examples():
        micros = [
            prices.expected_micros(price, prices.PricedImage(size=size, quality=quality))
            for quality in family.qualities
        ]
        yield str(size), *(f"${each / prices.PER_DOLLAR:.3f} ({_credits(each, policy)})" for each in micros)


def _credits(micros: int, policy: Policy) -> int:
    return prices.credits_for(micros, margin_percent=policy.margin_percent, credit_micros=policy.credit_micros)


def _lives(known: Catalog) -> Iterator[Sequence[str]]:
    yield "name", "called through the day before", "then served by"
    ending = [(name, model) for name, model in known.models.items() if model.until]
    for name, model in sorted(ending, key=_end):
        yield f"`{name}`", f"{model.until}", f"`{model.replacement}`"


def _end(named: tuple[str, Model]) -> str:
    return f"{named[1].until} {named[0]}"


def _table(rows: Iterator[Sequence[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _yes(can: bool) -> str:
    return "yes" if can else "–"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
