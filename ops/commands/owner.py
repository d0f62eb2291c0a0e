"""`easel owner`: what somebody has, may and runs."""

from typing import Annotated

import typer

from ops.cli import tree
from ops.cli.operator import fields, of
from ops.jobs import by_id, owner
from ops.jobs.listing import owner_named


def add_to(app: typer.Typer) -> None:
    """Put the command into the tree."""

    @tree.command(app, "owner", example="owner service:shop --stage dev")
    def look(
        context: typer.Context,
        name: Annotated[str, typer.Argument(metavar="OWNER", help="user:<issuer>:<id>, service:<account>, anonymous")],
    ) -> None:
        """An owner's balance, grants, limits and newest jobs."""
        operator, named = of(context), owner_named(name)
        told, newest = owner.look(operator.deployed, named)
        lines = [f"  {each.id}  {by_id.moment(each.created_at)}  {each.status.value}" for each in newest]
        answer = {**told, "jobs": [by_id.facts(each) for each in newest]}
        operator.show(answer, [*fields(told), "jobs:", *(lines or ["  none"])])
