"""`easel costs`: what the jobs of some days cost and brought in."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from easel.clock import DAY, SystemClock
from easel.jobs.model import Job
from ops.cli import tree
from ops.cli.operator import Operator, of
from ops.deployed import Deployed
from ops.errors import WrongUse
from ops.jobs import listing
from ops.watch import costs, costs_page, status


def add_to(app: typer.Typer) -> None:
    """Put the command into the tree."""
    tree.command(app, "costs", example="costs --since 7d --by provider --stage dev")(ask)


def ask(
    context: typer.Context,
    since: Annotated[str, typer.Option("--since", help="such as 1d, 7d or 30d")] = "7d",
    by: Annotated[list[str] | None, typer.Option("--by", help=f"one or several of {', '.join(costs.BY)}")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="lines with commas, exact figures")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="write one page with charts, too")] = None,
) -> None:
    """Dollars, credits charged and given back, margin, pictures, failures, fallbacks; to the credit as in the ledger.

    By the day on which jobs ended. One pass over the table of jobs.
    """
    operator, span = of(context), listing.span(since)
    names = by or ["provider"]
    if strange := [name for name in names if name not in costs.BY]:
        raise WrongUse(f"--by: {', '.join(strange)} is none; there is {', '.join(costs.BY)}")
    if html and not html.parent.is_dir():
        raise WrongUse(f"--html: there is no folder {html.parent}")
    groups = costs.grouped(_ended(operator.deployed, span), names)
    worth = status.policy_of(operator.deployed).credit_micros
    together = costs.told(costs.total(groups.values()), worth)
    told = {" ".join(key): costs.told(sums, worth) for key, sums in groups.items()}
    _show(operator, {"since": since, "by": names, "groups": told, "together": together}, as_csv=as_csv)
    if html and not operator.common.dry_run:
        html.write_text(costs_page.page(f"Stage {operator.stage}: the last {since}", told, together))
        operator.remark(f"written: {html}")


def _ended(deployed: Deployed, span: int) -> Iterator[Job]:
    since = SystemClock().now() - span
    for job in listing.all_jobs(deployed, listing.Wanted(since - DAY)):  # none runs for longer
        if job.final and (job.finished_at or 0) >= since:
            yield job


def _show(operator: Operator, answer: dict[str, object], *, as_csv: bool) -> None:
    groups: dict[str, dict[str, float]] = answer["groups"]  # type: ignore[assignment]
    together: dict[str, float] = answer["together"]  # type: ignore[assignment]
    rows = [*groups.items(), ("together", together)]
    listed = [{"group": name, **sums} for name, sums in groups.items()]
    if as_csv and not operator.common.json:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(costs_page.csv_lines(rows))
        operator.show({}, out.getvalue().rstrip("\n"))
        return
    cells = [[name, *(costs_page.shown(field, sums[field]) for field in costs_page.COLUMNS)] for name, sums in rows]
    head = ("group", *costs_page.COLUMNS.values())
    operator.table({**answer, "groups": listed}, head, cells, empty="no job ended")
