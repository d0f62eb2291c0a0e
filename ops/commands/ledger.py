"""`easel ledger`: whether the books are as they were written."""

import time
from typing import Annotated

import typer

from ops import ledger
from ops.cli import failures, tree
from ops.cli.operator import of
from ops.errors import Refused
from ops.jobs.listing import owner_named

app = tree.group("Whether a stage's ledgers are as they were written.")


@app.callback()
def books() -> None:
    """Whether a stage's ledgers are as they were written."""


@tree.command(app, "verify", example="ledger verify --stage dev")
def verify(
    context: typer.Context, owner: Annotated[str | None, typer.Option("--owner", help="this owner alone")] = None
) -> None:
    """Recompute every balance from its entries; name the first wrong row of each. Ends with 1 where one is wrong."""
    operator, started = of(context), time.monotonic()
    read = ledger.books_of(operator.deployed)
    if owner and not any(read.entries(owner_named(owner))):
        raise Refused(f"{owner} has no ledger here: nothing was ever given to it")
    count, findings = ledger.verify(read, owner)
    wrong = [{"owner": each.owner, "entry": each.seq or None, "what": each.what} for each in findings]
    told = [f"WRONG  {each.owner}  {f'entry {each.seq}' if each.seq else 'balance'}: {each.what}" for each in findings]
    seconds = time.monotonic() - started
    summary = f"{count} ledgers read in {seconds:.1f} s, {len(findings)} of them wrong"
    operator.show({"ledgers": count, "wrong": wrong, "seconds": round(seconds, 1)}, [*told, summary])
    if findings:
        raise typer.Exit(failures.REFUSED)
