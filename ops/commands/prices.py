"""`easel prices`: what if the margin or the credit were another."""

from typing import Annotated, Any

import typer

from easel.catalog import planning
from easel.clock import SystemClock
from ops.cli import tree
from ops.cli.operator import of
from ops.errors import WrongUse
from ops.jobs import listing
from ops.watch import providers, status, what_if

HEAD = ("model", "provider", "size", "quality", "cost", "credits", "then", "price", "then", "kept then")


def add_to(app: typer.Typer) -> None:
    """Put the command into the tree."""
    tree.command(app, "prices", example="prices --margin 20 --credit 0.01 --model gpt-image-2 --stage dev")(ask)


def ask(
    context: typer.Context,
    margin: Annotated[int | None, typer.Option("--margin", min=0, max=1000, help="percent; else the stage's")] = None,
    credit: Annotated[float | None, typer.Option("--credit", min=0.0001, help="in dollars; else the stage's")] = None,
    model: Annotated[str | None, typer.Option("--model", help="one of the catalog's; left out: all served")] = None,
    since: Annotated[str, typer.Option("--since", help="whose jobs are reckoned with: 1d, 7d")] = "7d",
) -> None:
    """Today's quotes beside those under another margin or credit, and what the last week would have earned."""
    operator, span = of(context), listing.span(since)
    if model is not None and model not in planning.load().models:
        raise WrongUse(f"--model: the catalog has no {model!r}; it has {', '.join(planning.load().models)}")
    now = what_if.terms_of(status.policy_of(operator.deployed))
    micros = now.credit_micros if credit is None else round(credit * 1_000_000)
    then = what_if.Terms(now.margin_percent if margin is None else margin, micros)
    quotes = what_if.quotes(providers.settings_of(operator.deployed), now, then, model)
    wanted = listing.Wanted(SystemClock().now() - span)
    week = what_if.earned(listing.all_jobs(operator.deployed, wanted), now, then)
    operator.table({"quotes": quotes, "since": since, "earned": week}, HEAD, map(_row, quotes), empty="none is served")
    operator.remark(_summary(since, week))


def _row(quote: dict[str, Any]) -> tuple[object, ...]:
    names = ("model", "provider", "size", "quality")
    money = [quote[name] for name in ("costMicros", "priceMicros", "priceMicrosThen", "marginMicrosThen")]
    cost, price, after, kept = (f"${micros / 1_000_000:.4f}" for micros in money)
    return (*(quote[name] for name in names), cost, quote["credits"], quote["creditsThen"], price, after, kept)


def _summary(since: str, week: dict[str, int]) -> str:
    cost, income, then = (week[name] / 1_000_000 for name in ("costMicros", "incomeMicros", "incomeMicrosThen"))
    return (
        f"the last {since}: {week['images']} images cost ${cost:.2f}, brought in ${income:.2f}; "
        f"under these terms, by what their calls cost: ${then:.2f}"
    )
