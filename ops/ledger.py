"""Whether a stage's ledgers are as they were written: `python -m ops.ledger verify --stage STAGE [--owner OWNER]`."""

import argparse
import sys
import time
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from easel.aws.dynamodb import Contended, Database
from easel.clock import SystemClock
from easel.credits.audit import Finding
from easel.credits.ledger_audit import Books
from ops.deployed import Deployed, NotDeployed, own_account


def books_of(deployed: Deployed) -> Books:
    """The credits table of a stage."""
    return Books(Database(deployed.client("dynamodb"), SystemClock()), deployed.setting("credits", "CREDITS_TABLE"))


def verify(books: Books, owner: str | None = None) -> tuple[int, list[Finding]]:
    """How many ledgers were read, everybody's or one owner's, and the first wrong row of each that is wrong."""
    checked = {owner: books.check(owner)} if owner else dict(books.check_all())
    return len(checked), [finding for finding in checked.values() if finding]


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; 1 where a row is wrong, 2 where the ledgers could not be read."""
    chosen = _options().parse_args(words)
    books = books_of(Deployed(chosen.stage, own_account))
    started = time.monotonic()
    try:
        read, findings = verify(books, chosen.owner)
    except (NotDeployed, Contended, BotoCoreError, ClientError) as failure:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 2
    for finding in findings:
        row = f"entry {finding.seq}" if finding.seq else "balance"
        print(f"WRONG  {finding.owner}  {row}: {finding.what}")
    print(f"{read} ledgers read in {time.monotonic() - started:.1f} s, {len(findings)} of them wrong")
    return int(bool(findings))


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="ops.ledger", description=__doc__)
    commands = options.add_subparsers(dest="command", required=True)
    verifying = commands.add_parser("verify", help="recompute every balance from its entries; name the first wrong row")
    verifying.add_argument("--stage", required=True)
    verifying.add_argument("--owner", help="this owner alone: user:<issuer>:<id> or service:<account>")
    return options


if __name__ == "__main__":
    sys.exit(main())
