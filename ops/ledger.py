"""Whether a stage's ledgers are as they were written: `make ledger STAGE=dev DO=verify`."""

import argparse
import sys
import time
from collections.abc import Sequence

from easel.aws.dynamodb import Contended, Database
from easel.clock import SystemClock
from easel.credits.audit import Finding
from easel.credits.ledger_audit import Books
from ops import cli
from ops.deployed import Deployed, deployed_stage


def books_of(deployed: Deployed) -> Books:
    """The credits table of a stage."""
    return Books(Database(deployed.client("dynamodb"), SystemClock()), deployed.setting("credits", "CREDITS_TABLE"))


def verify(books: Books, owner: str | None = None) -> tuple[int, list[Finding]]:
    """How many ledgers were read, everybody's or one owner's, and the first wrong row of each that is wrong."""
    checked = {owner: books.check(owner)} if owner else dict(books.check_all())
    return len(checked), [finding for finding in checked.values() if finding]


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; 1 where a row is wrong, 2 where the ledgers could not be read."""
    chosen = cli.parsed(_options(), words)
    try:
        books = books_of(deployed_stage(chosen.stage))
        if chosen.owner and not any(books.entries(chosen.owner)):
            raise cli.Refused(f"{chosen.owner} has no ledger here: nothing was ever given to it")
        return _told(books, chosen.owner)
    except (Contended, *cli.EXPECTED) as failure:
        print(cli.told(failure), file=sys.stderr)
        return 2


def _told(books: Books, owner: str | None) -> int:
    started = time.monotonic()
    read, findings = verify(books, owner)
    for finding in findings:
        row = f"entry {finding.seq}" if finding.seq else "balance"
        print(f"WRONG  {finding.owner}  {row}: {finding.what}")
    print(f"{read} ledgers read in {time.monotonic() - started:.1f} s, {len(findings)} of them wrong")
    return int(bool(findings))


def _options() -> argparse.ArgumentParser:
    options = cli.options("ops.ledger", __doc__)
    told = {"verify": "recompute every balance from its entries; name the first wrong row"}
    verifying = cli.commands(options, told)["verify"]
    verifying.add_argument("--owner", help=f"this owner alone: {cli.OWNER_HELP}")
    return options


if __name__ == "__main__":
    sys.exit(main())
