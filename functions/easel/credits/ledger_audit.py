"""Every owner's ledger, read through from its first entry: what an audit needs, and nothing a door does."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from easel.aws.dynamodb import Database
from easel.aws.rows import Item
from easel.credits.audit import Finding, verify
from easel.credits.ledger import BALANCE, ENTRY, balance_of, bare
from easel.credits.model import Entry


@dataclass(frozen=True)
class Books:
    """The credits table as an auditor reads it, page by page."""

    database: Database
    table: str

    def check_all(self) -> Iterator[tuple[str, Finding | None]]:
        """Everybody with a row, each with the first wrong one, in a single pass over the table.

        DynamoDB hands out an owner's rows together and in order. Whoever looks wrong in passing is read again alone:
        the ledger may just have moved, or have come in two pieces.
        """
        seen: set[str] = set()
        for owner, rows in groupby(chain.from_iterable(self.database.scan(self.table)), key=itemgetter("pk")):
            again, passing = owner in seen, _in_passing(owner, rows)
            seen.add(owner)
            if again or passing:
                yield owner, self.check(owner)
            else:
                yield owner, None

    def entries(self, owner: str) -> Iterator[Entry]:
        """An owner's entries, oldest first."""
        options: dict[str, Any] = {}
        while True:
            rows, last = self.database.query(
                self.table,
                "pk = :owner AND begins_with(sk, :entry)",
                {"owner": owner, "entry": ENTRY},
                ConsistentRead=True,
                **options,
            )
            yield from (Entry.model_validate(bare(row)) for row in rows)
            if last is None:
                return
            options = {"ExclusiveStartKey": self.database.key(last)}

    def check(self, owner: str) -> Finding | None:
        """The first wrong row of an owner's ledger, if any.

        The balance is read before and after: a ledger that moved meanwhile is read again.
        """
        while True:
            before = balance_of(owner, self.database.get(self.table, owner, BALANCE))
            finding = verify(before, self._until(owner, before.seq))
            after = balance_of(owner, self.database.get(self.table, owner, BALANCE))
            if finding is None or after.version == before.version:
                return finding

    def _until(self, owner: str, seq: int) -> Iterator[Entry]:
        """Entries up to the balance's; one more where there are more, if the balance was never moved for it."""
        for entry in self.entries(owner):
            yield entry
            if entry.seq > seq:
                return


def _in_passing(owner: str, rows: Iterator[Item]) -> Finding | None:
    """What is wrong with an owner's rows as a scan hands them out, if anything; the balance sorts first."""
    first = next(rows)
    balance = balance_of(owner, first if first["sk"] == BALANCE else None)
    return verify(balance, (Entry.model_validate(bare(row)) for row in rows if row["sk"].startswith(ENTRY)))
