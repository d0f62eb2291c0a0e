"""Whether a stage's ledgers are as they were written: `easel ledger verify`."""

from easel.credits.audit import Finding
from easel.credits.ledger_audit import Books
from ops.deployed import Deployed


def books_of(deployed: Deployed) -> Books:
    """The credits table of a stage."""
    return Books(deployed.database, deployed.setting("credits", "CREDITS_TABLE"))


def verify(books: Books, owner: str | None = None) -> tuple[int, list[Finding]]:
    """How many ledgers were read, everybody's or one owner's, and the first wrong row of each that is wrong."""
    checked = {owner: books.check(owner)} if owner else dict(books.check_all())
    return len(checked), [finding for finding in checked.values() if finding]
