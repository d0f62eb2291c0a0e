"""`easel webhooks`: whom an owner's webhooks reach."""

from typing import Annotated, Any

import typer

from ops.cli import tree
from ops.cli.operator import of
from ops.jobs import told
from ops.jobs.listing import owner_named

app = tree.group("Whom an owner's webhooks reach, and what became of what was sent.")
Owner = Annotated[str, typer.Argument(help="user:<issuer>:<id> or service:<account>")]


@tree.command(app, "list", example="webhooks list service:shop --stage dev")
def endpoints(context: typer.Context, owner: Owner) -> None:
    """An owner's endpoints, without their secrets, and whether one is failing or was switched off."""
    operator, named = of(context), owner_named(owner)
    found = told.endpoints(operator.deployed, named)
    head = ("webhook", "address", "events", "made", "state", "failing since", "off since")
    rows = [_endpoint(each) for each in found]
    operator.table(found, head, rows, empty=f"{owner} has no webhook")


@tree.command(app, "deliveries", example="webhooks deliveries service:shop default --stage dev")
def deliveries(
    context: typer.Context,
    owner: Owner,
    webhook: Annotated[str, typer.Argument(help="of `webhooks list`; default: jobs' own addresses")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="how many; the newest")] = 25,
) -> None:
    """What was sent to an endpoint in 30 days, and what came of it."""
    operator, named = of(context), owner_named(owner)
    found = told.deliveries(operator.deployed, named, webhook, limit)
    head = ("delivery", "at", "type", "job", "state", "tries", "why", "next try")
    operator.table(found, head, map(_row, found), empty=f"nothing was sent to {webhook} of {owner} in 30 days")


def _endpoint(each: dict[str, Any]) -> tuple[object, ...]:
    names = ("createdAt", "state", "failingSince", "offSince")
    return (each["webhookId"], each["url"], " ".join(each["events"]), *(each[name] for name in names))


def _row(each: dict[str, Any]) -> tuple[object, ...]:
    names = ("deliveryId", "createdAt", "type", "jobId", "state")
    return (*(each.get(name) for name in names), len(each["tries"]), each.get("reason"), each.get("nextTryAt"))
