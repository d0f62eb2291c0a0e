"""Every owner's ledger, read through from its first entry: what an audit needs, and nothing a door does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from easel.audit import Finding, verify
from easel.credits import Entry
from easel.database import Database
from easel.ledger import BALANCE, balance_of, bare


@dataclass(frozen=True)
class Books:
    """The credits table as an auditor reads it, page by page."""

    database: Database
    table: str

    def owners(self) -> Iterator[str]:
        """Everybody with a row, a balance or not: an owner whose balance was deleted must not go unnoticed."""
        seen: set[str] = set()
        for page in self.database.scan(self.table, ProjectionExpression="pk"):
            for owner in {row["pk"] for row in page} - seen:
                seen.add(owner)
                yield owner

    def entries(self, owner: str) -> Iterator[Entry]:
        """An owner's entries, oldest first."""
        options: dict[str, Any] = {}
        while True:
            rows, last = self.database.query(
                self.table,
                "pk = :owner AND begins_with(sk, :entry)",
                {"owner": owner, "entry": "entry#"},
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
