"""An owner's request to be erased, kept until it is carried out; rows of the jobs table, found by when to look.

A request begins when its time to be taken back is over. What the owner asks for from then on is another row, beside it.
"""

import uuid

from easel.aws.dynamodb import ConditionFailed, Database, Put, Write, put
from easel.aws.rows import Item
from easel.records import Record

SHARD = "erasures"  # of the index of open jobs, beside their own shards
KIND = "erasure"
NOT_FIELDS = frozenset({"pk", "sk", "openShard", "wakeBy"})


class ErasureRequest(Record):
    """Everything of `owner` up to `asked_at` is to go, from `final_at` on. Times are milliseconds since 1970 UTC.

    One pass follows another until a pass finds nothing. Rows of earlier releases, without `final_at`, are under way.
    """

    owner: str
    folder: str  # of uploads
    asked_at: int
    wake_by: int
    cursor: str | None = None
    found: int = 0  # jobs still to be erased that this pass met
    version: int = 1
    final_at: int = 0
    by: str = ""  # who asked, as jobs keep it
    begun: bool = False
    taken_back: bool = False
    sort: str = KIND  # of its row

    @property
    def under_way(self) -> bool:
        """Whether it is being carried out."""
        return not self.taken_back and (self.begun or not self.final_at)

    @property
    def scheduled(self) -> bool:
        """Whether it waits for its time."""
        return not self.taken_back and not self.under_way


class ErasureStore:
    """Every write is conditioned on the row's version; who loses finds the other's row next time."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self.table = table

    def of(self, owner: str) -> tuple[ErasureRequest, ...]:
        """The requests of an owner, as they are now."""
        rows, _ = self._database.query(self.table, "pk = :pk", {"pk": f"{KIND}#{owner}"}, ConsistentRead=True)
        return tuple(_request(row) for row in rows)

    def save(self, request: ErasureRequest) -> bool:
        """Write the next version; False where somebody else did."""
        try:
            self._database.put(self._put(request))
        except ConditionFailed:
            return False
        return True

    def save_with(self, request: ErasureRequest, *others: Write, until: int) -> bool:
        """The same with other rows, all or none, trying until `until` (ms).

        False also where only a reply was lost: the row tells. Raises Contended.
        """
        try:
            return self._database.commit((self._put(request), *others), token=str(uuid.uuid4()), until=until)
        except ConditionFailed:
            return False

    def end(self, request: ErasureRequest) -> None:
        """Delete a request that was carried out; not one that somebody else changed meanwhile."""
        row = self._database.get(self.table, f"{KIND}#{request.owner}", request.sort)
        if row and int(row["version"]) == request.version:
            self._database.delete(self.table, f"{KIND}#{request.owner}", request.sort)

    def due(self, *, now: int, limit: int) -> tuple[ErasureRequest, ...]:
        """Requests whose time has come."""
        rows, _ = self._database.query(
            self.table,
            "openShard = :shard AND wakeBy <= :now",
            {"shard": SHARD, "now": now},
            IndexName="open",
            ProjectionExpression="pk, sk",
            Limit=limit,
        )
        found = (self._database.get(self.table, row["pk"], row["sk"]) for row in rows)
        requests = (_request(row) for row in found if row and "wakeBy" in row and row["wakeBy"] <= now)
        return tuple(request for request in requests if not request.taken_back)

    def _put(self, request: ErasureRequest) -> Put:
        row = {
            "pk": f"{KIND}#{request.owner}",
            "sk": request.sort,
            **request.model_dump(mode="json", exclude_none=True, exclude={"sort"}),
            "version": request.version + 1,
        }
        if not request.taken_back:  # else nobody needs to look at it again
            row |= {"openShard": SHARD, "wakeBy": request.wake_by}
        condition = "version = :version" if request.version else "attribute_not_exists(pk)"
        values = {"version": request.version} if request.version else {}
        return put(KIND, self.table, row, condition=condition, **values)


def _request(row: Item) -> ErasureRequest:
    kept = {name: value for name, value in row.items() if name not in NOT_FIELDS}
    return ErasureRequest.model_validate({**kept, "sort": row["sk"]})
