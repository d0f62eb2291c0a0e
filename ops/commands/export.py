"""`easel export`: what happened, for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from easel.clock import SystemClock
from ops.cli import tree
from ops.cli.operator import of
from ops.errors import WrongUse
from ops.jobs import export, listing


def add_to(app: typer.Typer) -> None:
    """Put the command into the tree."""
    tree.command(app, "export", example="export --since 30d --out out.jsonl.gz --stage dev")(write)


def write(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="a file that ends in .jsonl.gz")],
    since: Annotated[str, typer.Option("--since", help="such as 1d or 30d")] = "30d",
) -> None:
    """Jobs, calls and ledger entries as packed lines of JSON, no prompts; run again, it goes on where it broke off."""
    operator, span = of(context), listing.span(since)
    if not out.parent.is_dir():
        raise WrongUse(f"--out: there is no folder {out.parent}")
    if operator.common.dry_run:
        operator.agreed(f"read the tables of jobs and credits, and write what is from the last {since} to {out}")
    else:
        done = export.run(operator.deployed, out, since=SystemClock().now() - span)
        operator.show({"file": str(out), "lines": done.lines, "bytes": done.bytes}, f"{done.lines} lines in {out}")
