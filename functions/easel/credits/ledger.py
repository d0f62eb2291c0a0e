"""Credits in DynamoDB: per owner a balance row, its entries in sequence, and guards that let a thing happen once."""

from dataclasses import dataclass

from easel.aws.dynamodb import Database, Put, put
from easel.aws.rows import Item
from easel.credits.model import Balance, Entry
from easel.credits.movement import Movement

BALANCE, ENTRY = "balance", "entry#"


@dataclass(frozen=True)
class Entries:
    """Ledger entries, newest first; `before` is the sequence number the next page ends below, None at the end."""

    entries: tuple[Entry, ...]
    before: int | None


class Ledger:
    """No other code moves credits: this gives the writes, a use case commits them with what they pay for."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self.table = table

    def balance(self, owner: str) -> Balance:
        """The owner's balance as it is now; an owner never seen has nothing."""
        return balance_of(owner, self._database.get(self.table, owner, BALANCE))

    def entries(self, owner: str, *, limit: int, before: int | None = None) -> Entries:
        """A page of the owner's ledger."""
        rows, last = self._database.query(
            self.table,
            "pk = :owner AND sk BETWEEN :first AND :last",
            {"owner": owner, "first": _entry_key(0), "last": _entry_key((before or 10**12) - 1)},
            ScanIndexForward=False,
            Limit=limit,
            ConsistentRead=True,
        )
        entries = tuple(Entry.model_validate(bare(row)) for row in rows)
        return Entries(entries, entries[-1].seq if last else None)

    def writes(self, movement: Movement) -> tuple[Put, ...]:
        """The writes of a movement: the balance, on condition that it stands as planned from, and its entries."""
        if not movement.entries:
            return ()
        row = {"pk": movement.after.owner, "sk": BALANCE, **movement.after.model_dump(mode="json", exclude_none=True)}
        if movement.before.version:
            version = movement.before.version
            balance = put("balance", self.table, row, condition="version = :version", version=version)
        else:
            balance = put("balance", self.table, row, condition="attribute_not_exists(pk)")
        return (balance, *(self._entry(entry) for entry in movement.entries))

    def guard(self, owner: str, name: str, **facts: str | int) -> Put:
        """The write that lets a thing happen once: `resolved#{job}`, `key#{hash}`."""
        row = {"pk": owner, "sk": name, **facts}
        return put("guard", self.table, row, condition="attribute_not_exists(pk)")

    def guarded(self, owner: str, name: str) -> Item | None:
        """What was written by the guard of that name."""
        return self._database.get(self.table, owner, name)

    def _entry(self, entry: Entry) -> Put:
        row = {"pk": entry.owner, "sk": _entry_key(entry.seq), **entry.model_dump(mode="json", exclude_none=True)}
        return put(f"entry{entry.seq}", self.table, row, condition="attribute_not_exists(pk)")


def balance_of(owner: str, row: Item | None) -> Balance:
    """A stored row as a balance."""
    return Balance.model_validate(bare(row)) if row else Balance(owner=owner)


def bare(row: Item) -> Item:
    """A row without its key."""
    return {name: value for name, value in row.items() if name not in {"pk", "sk"}}


def _entry_key(seq: int) -> str:
    return f"{ENTRY}{seq:012d}"
