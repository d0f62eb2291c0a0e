"""`easel logs`: what the functions said."""

import json
from typing import Annotated

import typer

from ops.cli import tree
from ops.cli.operator import of
from ops.jobs import listing
from ops.jobs.by_id import moment
from ops.watch import logs


def add_to(app: typer.Typer) -> None:
    """Put the command into the tree."""
    tree.command(app, "logs", example="logs --since 15m --function start --stage dev")(say)


def say(
    context: typer.Context,
    since: Annotated[str, typer.Option("--since", help="such as 15m, 1h or 7d")] = "15m",
    function: Annotated[list[str] | None, typer.Option("--function", help="one or several; left out: all")] = None,
    job: Annotated[str | None, typer.Option("--job", help="about this job")] = None,
    words: Annotated[str | None, typer.Option("--words", help="with these words in them")] = None,
    errors: Annotated[bool, typer.Option("--errors", help="of level ERROR alone")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="how many; the newest")] = 300,
) -> None:
    """The functions' log lines, merged by time."""
    operator, span = of(context), listing.span(since)
    asked = {"words": job or words, "level": "ERROR" if errors else None, "limit": limit}
    found = logs.lines(operator.deployed, span=span, functions=function or [], **asked)  # type: ignore[arg-type]
    told = [{"at": moment(line.at), "function": line.function, "said": line.fields} for line in found]
    rows = [(each["at"], each["function"], _text(each["said"])) for each in told]
    operator.table(told, ("at", "function", "said"), rows, empty=f"nothing was said in the last {since}")


def _text(said: object) -> str:
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, separators=(",", ":"))
