"""`easel status`: a stage at a glance."""

from typing import Annotated

import typer

from ops.cli import tree
from ops.cli.operator import of
from ops.watch import status


def add_to(app: typer.Typer) -> None:
    """Put the command into the tree."""

    @tree.command(app, "status", example="status --stage dev")
    def look(
        context: typer.Context,
        day: Annotated[str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="by UTC; left out: today")] = None,
    ) -> None:
        """What today costs against the caps, what runs and waits, and whether spending is paused."""
        operator = of(context)
        told = status.look(operator.deployed, status.day_named(day))
        operator.show(told, status.lines(operator.deployed, told))
