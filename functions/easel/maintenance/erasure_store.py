"""An owner's wish to be forgotten, kept until it is carried out; rows of the jobs table, found by when to look."""

from easel.aws.dynamodb import ConditionFailed, Database, put
from easel.records import Record

SHARD = "erasures"  # of the index of open jobs, beside their own shards
KIND = "erasure"


class ErasureRequest(Record):
    """Everything of `owner` up to `asked_at` is to go. One pass follows another until a pass finds nothing."""

    owner: str
    folder: str  # of uploads
    asked_at: int
    wake_by: int
    cursor: str | None = None
    found: int = 0  # jobs still to be erased that this pass met
    version: int = 1


class ErasureStore:
    """Every write is conditioned on the row's version; who loses finds the other's row next time."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self._table = table

    def ask(self, owner: str, folder: str, *, now: int) -> None:
        """Write a wish down; one that is under way is widened to now, and begins anew."""
        row = self._database.get(self._table, f"{KIND}#{owner}", KIND)
        version = int(row["version"]) if row else 0
        wish = ErasureRequest(owner=owner, folder=folder, asked_at=now, wake_by=now, version=version)
        self.save(wish)

    def save(self, wish: ErasureRequest) -> bool:
        """Write the next version; False where somebody else did."""
        row = {
            "pk": f"{KIND}#{wish.owner}",
            "sk": KIND,
            **wish.model_dump(mode="json", exclude_none=True),
            "version": wish.version + 1,
            "openShard": SHARD,
            "wakeBy": wish.wake_by,
        }
        condition = "version = :version" if wish.version else "attribute_not_exists(pk)"
        values = {"version": wish.version} if wish.version else {}
        try:
            self._database.put(put(KIND, self._table, row, condition=condition, **values))
        except ConditionFailed:
            return False
        return True

    def end(self, wish: ErasureRequest) -> None:
        """Delete a wish that was carried out; not one that was widened meanwhile."""
        row = self._database.get(self._table, f"{KIND}#{wish.owner}", KIND)
        if row and int(row["version"]) == wish.version:
            self._database.delete(self._table, f"{KIND}#{wish.owner}", KIND)

    def due(self, *, now: int, limit: int) -> tuple[ErasureRequest, ...]:
        """Wishes whose time has come."""
        rows, _ = self._database.query(
            self._table,
            "openShard = :shard AND wakeBy <= :now",
            {"shard": SHARD, "now": now},
            IndexName="open",
            ProjectionExpression="pk",
            Limit=limit,
        )
        found = (self._database.get(self._table, row["pk"], KIND) for row in rows)
        return tuple(ErasureRequest.model_validate(_bare(row)) for row in found if row and row["wakeBy"] <= now)


def _bare(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in {"pk", "sk", "openShard", "wakeBy"}}
