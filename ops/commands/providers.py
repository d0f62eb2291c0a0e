"""`easel providers`: what each takes just now, and its breaker."""

from typing import Annotated, Any

import typer

from ops.cli import tree
from ops.cli.operator import Operator, of
from ops.jobs import listing
from ops.watch import providers

app = tree.group("What each provider's model takes just now; opening or closing its breaker by hand.")
Provider = Annotated[str, typer.Argument(help="such as openai")]
Model = Annotated[str | None, typer.Option("--model", help="one of its models; left out: all of them")]
HEAD = ("provider", "model", "breaker", "failures", "a minute", "next slot", "dollars at 1024x1024")


@tree.command(app, "list", example="providers list --stage dev")
def look(context: typer.Context) -> None:
    """Breaker, pace, next slot and price of every model that the stage serves."""
    operator = of(context)
    found = providers.look(operator.deployed)
    operator.table(found, HEAD, map(_row, found), empty="this stage's providers serve no model")


@tree.command(app, "open", example="providers open openai --for 10m --stage dev --yes")
def hold_open(
    context: typer.Context,
    provider: Provider,
    span: Annotated[str, typer.Option("--for", help="such as 10m, at most 1d")] = "10m",
    model: Model = None,
) -> None:
    """Open its breaker: it is not asked for a while, jobs go to the next provider or wait."""
    operator, milliseconds = of(context), listing.span(span)
    names = _names(providers.meant(operator.deployed, provider, model))
    if operator.agreed(f"ask {provider} for no picture of {names} for {span}; jobs go to the next provider, or wait"):
        _done(operator, providers.hold_open(operator.deployed, provider, model, milliseconds), "open")


@tree.command(app, "close", example="providers close openai --stage dev --yes")
def close(context: typer.Context, provider: Provider, model: Model = None) -> None:
    """Close its breaker: it is asked again at once."""
    operator = of(context)
    names = _names(providers.meant(operator.deployed, provider, model))
    if operator.agreed(f"ask {provider} for pictures of {names} again at once"):
        _done(operator, providers.close(operator.deployed, provider, model), "closed")


def _done(operator: Operator, turned: list[providers.Named], state: str) -> None:
    told = [{"provider": each.provider, "model": each.model, "breaker": state} for each in turned]
    operator.table(told, ("provider", "model", "breaker"), [tuple(each.values()) for each in told], empty="none")


def _names(found: list[providers.Named]) -> str:
    return ", ".join(each.model for each in found)


def _row(told: dict[str, Any]) -> tuple[object, ...]:
    until = f"{told['breaker']} until {told['openUntil']}" if told["openUntil"] else told["breaker"]
    dollars = " ".join(f"{each['quality']} {each['dollars']:.4f}" for each in told["prices"])
    pace = told["imagesPerMinute"] or "not counted"
    return told["provider"], told["model"], until, told["failuresInARow"], pace, told["nextSlot"], dollars
