"""The whole tree of commands."""

import typer

from ops.commands import audit, credits, jobs, keys, ledger, owner, pause, status, users

app = typer.Typer(
    help="An operator's day with Easel: watch, pay and mend a deployed stage.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for name, part in {"credits": credits, "keys": keys, "users": users, "pause": pause, "ledger": ledger}.items():
    app.add_typer(part.app, name=name)
for single in (status, jobs, owner, audit):
    single.add_to(app)
