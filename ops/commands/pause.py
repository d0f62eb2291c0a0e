"""`easel pause`: the kill switch."""

from typing import Annotated

import typer

from ops import pause
from ops.cli import tree
from ops.cli.operator import Operator, of

app = tree.group("The kill switch: on, no new job is accepted within two seconds; running jobs finish.")
Reason = Annotated[str, typer.Option("--reason", help="kept with it, for whoever finds it so")]


@tree.command(app, "on", example="pause on --reason leak --stage dev --yes")
def switch_on(context: typer.Context, reason: Reason = "") -> None:
    """Accept no new job (503 `spending_paused`)."""
    operator = of(context)
    if operator.agreed(f"stop every new job in stage {operator.stage} within two seconds; running jobs finish"):
        pause.turn(operator.deployed, on=True, reason=reason)
        _show(operator)


@tree.command(app, "off", example="pause off --stage dev --yes")
def switch_off(context: typer.Context, reason: Reason = "") -> None:
    """Accept jobs again."""
    operator = of(context)
    if operator.agreed(f"accept new jobs in stage {operator.stage} again"):
        pause.turn(operator.deployed, on=False, reason=reason)
        _show(operator)


@tree.command(app, "show", example="pause show --stage dev")
def show(context: typer.Context) -> None:
    """How it stands, and whose doing that is."""
    _show(of(context))


def _show(operator: Operator) -> None:
    operator.show(pause.state(operator.deployed), pause.show(operator.deployed))
