"""`easel users`: people of a stage that has its own user pool."""

from typing import Annotated

import typer

from ops import user
from ops.cli import tree
from ops.cli.operator import of

app = tree.group("People of a stage whose stack made its own user pool.")


@app.callback()
def people() -> None:
    """People of a stage whose stack made its own user pool."""


@tree.command(app, "create", example="users create you@example.com --stage dev --yes")
def create(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="what they sign in with")],
    show_password: Annotated[
        bool, typer.Option("--show-password", help="print the first password instead of mailing it")
    ] = False,
) -> None:
    """A person who signs in by e-mail."""
    operator = of(context)
    user.issuer_of(operator.deployed)  # before anybody is asked
    how = "show" if show_password else "mail them"
    if operator.agreed(f"make a person who signs in as {email}, and {how} their first password"):
        owner, password = user.create(operator.deployed, email, mailed=not show_password)
        user.note(operator.deployed, owner)
        operator.show({"owner": owner, **({"password": password} if password else {})}, owner)
        told = f"with the password {password}" if password else "with the password that was mailed"
        page = operator.deployed.setting("meta", "PUBLIC_URL")
        operator.remark(f"Sign in at {page}/ {told}, and choose another.")
