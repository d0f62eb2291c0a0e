"""The whole tree of commands."""

import typer

from ops.commands import (
    audit,
    costs,
    credits,
    doctor,
    export,
    jobs,
    keys,
    ledger,
    logs,
    owner,
    pause,
    prices,
    providers,
    status,
    users,
    webhooks,
)

app = typer.Typer(
    help="An operator's day with Easel: watch, pay and mend a deployed stage.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
GROUPS = {
    "credits": credits,
    "keys": keys,
    "users": users,
    "pause": pause,
    "providers": providers,
    "ledger": ledger,
    "webhooks": webhooks,
}
for name, part in GROUPS.items():
    app.add_typer(part.app, name=name)
for single in (doctor, status, logs, jobs, owner, costs, prices, audit, export):
    single.add_to(app)
