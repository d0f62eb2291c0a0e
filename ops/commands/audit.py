"""`easel audit`: who changed what."""

import typer

from ops import audit
from ops.cli import tree
from ops.cli.operator import of


def add_to(app: typer.Typer) -> None:
    """Put the command into the tree."""

    @tree.command(app, "audit", example="audit --stage dev")
    def trail(context: typer.Context) -> None:
        """Every pause, change of a key, erasing and movement of credits by hand, oldest first, with who did it."""
        operator = of(context)
        acts = audit.acts(operator.deployed)
        told = [act.model_dump(mode="json") for act in acts]
        operator.table(told, audit.HEAD, map(audit.line, acts), empty="nobody changed anything here yet")
