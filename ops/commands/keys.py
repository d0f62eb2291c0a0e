"""`easel keys`: a stage's API keys."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from easel.identity.api_keys import ApiKey
from ops import audit, keys
from ops.cli import tree
from ops.cli.operator import Operator, of

app = tree.group("A stage's API keys; a secret is shown once, when it is made.")
KeyId = Annotated[str, typer.Argument(metavar="ID", help="the middle part of easel_<id>_<secret>")]
HEAD = ("id", "account", "scopes", "state")


@tree.command(app, "create", example='keys create --account shop --scopes "generate read" --stage dev --yes')
def create(
    context: typer.Context,
    account: Annotated[str, typer.Option("--account", help="owns what the key makes; rotating keys moves nothing")],
    scopes: Annotated[str, typer.Option("--scopes", help="of generate read grant act_for erase")] = "generate read",
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=keys.DAYS_MAX, help="until it expires; else never")
    ] = None,
    daily_credits: Annotated[
        int | None, typer.Option("--daily-credits", min=1, help="the most it may spend in a day; else no limit")
    ] = None,
) -> None:
    """A new key for a service account. Keep what is shown: only its hash is stored."""
    operator, wanted = of(context), keys.scopes_of(scopes)
    if operator.agreed(f"make a key for service:{account} that may {' '.join(wanted)}, in stage {operator.stage}"):
        written = keys.create(operator.deployed, account=account, scopes=wanted, days=days, daily_credits=daily_credits)
        operator.show({"key": written}, written)
        operator.remark("Keep it now: only its hash is stored.")


@tree.command(app, "rotate", example="keys rotate KEY --hours 24 --stage dev --yes")
def rotate(
    context: typer.Context,
    key_id: KeyId,
    hours: Annotated[int, typer.Option("--hours", min=0, max=720, help="how long the older secret works on")] = 24,
) -> None:
    """A new secret for a key; the one before it works for a while."""
    operator = of(context)
    if operator.agreed(f"give key {key_id} a new secret; the one before it works for {hours} hours more"):
        key, written = keys.keys_of(operator.deployed).rotate(key_id, overlap=hours * keys.HOUR)
        until = datetime.fromtimestamp((key.older_until or 0) / 1000, UTC).isoformat(timespec="minutes")
        operator.show({"key": written, "olderUntil": until}, written)
        operator.remark(f"Keep it now. The secret before it works until {until}, or until `easel keys finish`.")


@tree.command(app, "finish", example="keys finish KEY --stage dev --yes")
def finish(context: typer.Context, key_id: KeyId) -> None:
    """End a rotation: the older secret works no more."""
    operator = of(context)
    if operator.agreed(f"end the rotation of key {key_id}: its older secret works no more"):
        _list(operator, [keys.keys_of(operator.deployed).finish(key_id)])


@tree.command(app, "revoke", example="keys revoke KEY --stage dev --yes")
def revoke(context: typer.Context, key_id: KeyId) -> None:
    """End a key at once."""
    operator = of(context)
    if operator.agreed(f"revoke key {key_id} at once and for good"):
        _list(operator, [keys.keys_of(operator.deployed).revoke(key_id)])


@tree.command(app, "list", example="keys list --stage dev")
def list_all(context: typer.Context) -> None:
    """Every key, never the secrets."""
    operator = of(context)
    _list(operator, sorted(keys.keys_of(operator.deployed).list(), key=lambda key: key.created_at))


@tree.command(app, "trail", example="keys trail --stage dev")
def trail(context: typer.Context) -> None:
    """Who made, rotated or revoked which key."""
    operator = of(context)
    acts = [act for act in keys.keys_of(operator.deployed).trail().acts() if act.act.startswith("key ")]
    told = [act.model_dump(mode="json") for act in acts]
    operator.table(told, audit.HEAD, map(audit.line, acts), empty="no key was ever made here")


def _list(operator: Operator, found: list[ApiKey]) -> None:
    views = [keys.view(key) for key in found]
    operator.table(views, HEAD, map(keys.line, found), empty="there is no key yet: `easel keys create`")
