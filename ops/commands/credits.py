"""`easel credits`: what an owner has, how it came and went, and moving it by hand."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from ops import credits
from ops.cli import tree
from ops.cli.operator import Operator, of
from ops.jobs.listing import owner_named

app = tree.group("An owner's credits: whoever moves them stays in the ledger, and on `easel audit`.")
Owner = Annotated[str, typer.Argument(help="user:<issuer>:<id> or service:<account>")]
Key = Annotated[str, typer.Option("--key", help="such as a payment's id: a repeat under it moves nothing")]
Amount = Annotated[int, typer.Option("--amount", min=1, help="whole credits")]


class Kind(StrEnum):
    """What credits were given for."""

    PAID = "paid"
    PROMOTIONAL = "promotional"


@tree.command(app, "show", example="credits show service:shop --stage dev")
def show(context: typer.Context, owner: Owner) -> None:
    """What an owner has: available, held, and the grants that are left."""
    operator, named = of(context), owner_named(owner)
    operator.show(credits.show(operator.deployed, named))


@tree.command(app, "entries", example="credits entries service:shop --limit 10 --stage dev")
def entries(
    context: typer.Context,
    owner: Owner,
    limit: Annotated[int, typer.Option("--limit", min=1, help="how many; the newest")] = credits.PAGE,
) -> None:
    """An owner's ledger, newest first."""
    operator, named = of(context), owner_named(owner)
    found = credits.entries(operator.deployed, named, limit)
    rows = [[each["seq"], each["at"], each["kind"], _moves(each), each.get("jobId"), each.get("by")] for each in found]
    head = ("seq", "at", "kind", "moves", "job", "by")
    operator.table(found, head, rows, empty=f"{owner} has no entries: nothing was ever given to it")


@tree.command(app, "grant", example="credits grant service:shop --amount 500 --key invoice-2026-0117 --stage dev --yes")
def grant(
    context: typer.Context,
    owner: Owner,
    amount: Amount,
    key: Key,
    expires: Annotated[str | None, typer.Option("--expires", help="such as 2027-01-31T00:00:00Z; else never")] = None,
    kind: Annotated[Kind | None, typer.Option("--kind", help="left out: paid")] = None,
    priority: Annotated[int | None, typer.Option("--priority", min=0, help="lower is spent first; else 100")] = None,
) -> None:
    """Give credits to an owner, once under a key."""
    terms = {"amount": amount, "expiresAt": expires, "kind": kind.value if kind else None, "priority": priority}
    _move(of(context), "grant", owner, key, f"give {owner} {amount} credits", terms)


@tree.command(app, "adjust", example="credits adjust service:shop --amount -5 --key ticket-3 --stage dev --yes")
def adjust(
    context: typer.Context,
    owner: Owner,
    amount: Annotated[int, typer.Option("--amount", help="whole credits, negative to take some")],
    key: Key,
) -> None:
    """Correct a balance, up or down; never below what is held."""
    change = f"give {owner} {amount} credits" if amount > 0 else f"take {-amount} credits from {owner}"
    _move(of(context), "adjust", owner, key, change, {"amount": amount})


@tree.command(app, "refund", example="credits refund service:shop --job JOB --key complaint-8 --stage dev --yes")
def refund(
    context: typer.Context,
    owner: Owner,
    job: Annotated[str, typer.Option("--job", help="the job that was charged")],
    key: Key,
    amount: Annotated[int | None, typer.Option("--amount", min=1, help="left out: all that is left")] = None,
) -> None:
    """Give back what a job was charged."""
    change = f"give {owner} back {'all' if amount is None else amount} that job {job} was charged"
    _move(of(context), "refund", owner, key, change, {"jobId": job, "amount": amount})


def _move(operator: Operator, kind: str, owner: str, key: str, change: str, terms: dict[str, Any]) -> None:
    owner_named(owner)
    deployed = operator.deployed
    if kind == "grant":
        credits.known_issuer(deployed, owner)  # before anybody is asked
    if operator.agreed(f"{change}, under the key {key}, in stage {deployed.stage}"):
        operator.show(credits.move(deployed, kind, owner, key, terms))


def _moves(entry: dict[str, Any]) -> str:
    return " ".join(f"{account} {amount:+d}" for account, amount in entry["moves"].items())
