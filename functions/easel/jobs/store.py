"""Jobs in DynamoDB: a row each, its request beside it, and two indexes: by owner, and of those still open."""

import base64
import binascii
import hashlib
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Put, Write, put
from easel.aws.rows import Item, to_dynamodb
from easel.errors import Busy, InvalidRequest
from easel.jobs.model import SCHEMA, Job
from easel.jobs.request import Request

OPEN_SHARDS = 16
OPEN, ERASED = "open", "erased"  # what the names of the index's shards begin with
JOB, REQUEST = "job", "request"
ANY_TIME = (0, 10**15 - 1)
CHANGES_MAX = 20  # how often a row may change under one caller before it gives up

T = TypeVar("T")


class VersionConflict(Exception):
    """The row is no longer at the version the change was planned from: read again, plan again."""


@dataclass(frozen=True)
class JobWithRequest:
    """A job with its request; an erased job has none."""

    job: Job
    request: Request | None


@dataclass(frozen=True)
class Page:
    """Jobs, newest first, the cursor of the page after, None at the end; and by job what was asked for, if wanted."""

    jobs: tuple[Job, ...]
    cursor: str | None
    requests: Mapping[str, Request] = field(default_factory=dict)


class Store:
    """Every write is conditioned on the row's version."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self.table = table

    def get(self, job_id: str) -> Job | None:
        """The job as it is now."""
        row = self._database.get(self.table, f"job#{job_id}", JOB)
        return job_of(row) if row else None

    def find(self, job_id: str) -> JobWithRequest | None:
        """The job and its request as they are now, in one read."""
        rows, _ = self._database.query(self.table, "pk = :pk", {"pk": f"job#{job_id}"}, ConsistentRead=True)
        by_sort = {row["sk"]: row for row in rows}
        if JOB not in by_sort:
            return None
        text = by_sort.get(REQUEST)
        return JobWithRequest(job_of(by_sort[JOB]), Request.model_validate(_bare(text)) if text else None)

    def save(self, old: Job, new: Job) -> Job:
        """Write the next version of a job, or raise VersionConflict."""
        try:
            self._database.put(self.replace(old, new))
        except ConditionFailed as failure:
            raise VersionConflict(old.id) from failure
        return new

    def save_with(self, old: Job, new: Job, *others: Write, until: int) -> Job:
        """Write the next version of a job and other rows, all or none, trying until `until` (ms).

        Raises VersionConflict where a condition failed, and where only a reply was lost: the row tells; and Contended.
        """
        try:
            heard = self._database.commit((self.replace(old, new), *others), token=str(uuid.uuid4()), until=until)
        except ConditionFailed as failure:
            raise VersionConflict(old.id) from failure
        if not heard:
            raise VersionConflict(old.id)
        return new

    def change(self, job_id: str, plan: Callable[[Job | None], Job], *, known: Job | None = None) -> Job:
        """Read the job (None where there is none), plan its next version, save it; again while somebody else is faster.

        The job as saved, or as `plan` gave it back unchanged: then nothing is written. The first plan starts from
        `known` where it is given, which saves a read. Raises VersionConflict after CHANGES_MAX tries, and what `plan`
        raises.
        """
        starts = iter([known] if known else [])

        def act() -> Job:
            job = next(starts, None) or self.get(job_id)
            planned = plan(job)
            return planned if job is None or planned is job else self.save(job, planned)

        return until_saved(act)

    def change_or_busy(self, job_id: str, plan: Callable[[Job | None], Job]) -> Job:
        """The same, for a caller who is told to try again: raises Busy where the row kept changing."""
        try:
            return self.change(job_id, plan)
        except VersionConflict:
            raise Busy("The job keeps moving; try again.", retry_after_seconds=1) from None

    def create(self, job: Job, request: Request) -> tuple[Put, Put]:
        """The writes that put a new job and its request."""
        text = {"pk": f"job#{job.id}", "sk": REQUEST, **request.model_dump(mode="json", exclude_none=True)}
        absent = "attribute_not_exists(pk)"
        return put("job", self.table, row_of(job), condition=absent), put("request", self.table, text, condition=absent)

    def replace(self, old: Job, new: Job) -> Put:
        """The write that puts a job's next version where `old` still stands."""
        return put("job", self.table, row_of(new), condition="version = :version", version=old.version)

    def forget_request(self, job_id: str) -> None:
        """Delete what the owner said; there is nothing to delete a second time."""
        self._database.delete(self.table, f"job#{job_id}", REQUEST)

    def requests(self, job_ids: Sequence[str]) -> dict[str, Request]:
        """What was asked for, of those of up to 100 jobs that were not erased. Raises Busy."""
        try:
            rows = self._database.batch(self.table, [(f"job#{job_id}", REQUEST) for job_id in job_ids])
        except Contended:
            raise Busy("There was too much to read just now; ask for fewer, or try again.") from None
        return {row["pk"].removeprefix("job#"): Request.model_validate(_bare(row)) for row in rows}

    def list(self, owner: str, *, limit: int, cursor: str | None, span: tuple[int, int] = ANY_TIME) -> Page:
        """An owner's jobs, newest first; as fresh as the index, seconds at most behind.

        `span` is from when on (ms) they were made, and before when.
        """
        options: dict[str, Any] = {"ExclusiveStartKey": _start(owner, cursor)} if cursor else {}
        since, before = (min(max(time, 0), ANY_TIME[1]) for time in span)
        if since >= before:
            return Page((), None)
        rows, last = self._database.query(
            self.table,
            "#owner = :owner AND ownerSort BETWEEN :since AND :before",
            {"owner": owner, "since": f"{since:015d}", "before": f"{before:015d}"},
            IndexName="by_owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ScanIndexForward=False,
            Limit=limit,
            **options,
        )
        return Page(tuple(map(job_of, rows)), _cursor(last["ownerSort"]) if last else None)

    def due(self, shard: int, *, now: int, limit: int) -> tuple[str, ...]:
        """Ids of open jobs of a shard whose time to be looked at has come: a hint, to be checked on the row."""
        return self._due(f"{OPEN}#{shard}", now, limit)

    def due_to_be_swept(self, shard: int, *, now: int, limit: int) -> tuple[str, ...]:
        """The same of final jobs that were erased; rows of earlier releases are among the open ones."""
        return self._due(f"{ERASED}#{shard}", now, limit)

    def _due(self, shard: str, now: int, limit: int) -> tuple[str, ...]:
        rows, _ = self._database.query(
            self.table,
            "openShard = :shard AND wakeBy <= :now",
            {"shard": shard, "now": now},
            IndexName="open",
            ProjectionExpression="pk",
            Limit=limit,
        )
        return tuple(row["pk"].removeprefix("job#") for row in rows)


def until_saved(act: Callable[[], T]) -> T:
    """Run `act`, which reads, plans and saves, again while somebody else is faster.

    Raises VersionConflict after CHANGES_MAX tries, and what `act` raises.
    """
    for _ in range(CHANGES_MAX - 1):
        try:
            return act()
        except VersionConflict:
            continue
    return act()


def row_of(job: Job) -> Item:
    """A job as it is stored, with the indexes' keys; a final job leaves the index of the open ones.

    The row says the newest schema that has written it: during a deploy two versions of the code share rows.
    """
    row = {"pk": f"job#{job.id}", "sk": JOB, **job.model_dump(mode="json", exclude_none=True)}
    row["row_schema"] = max(job.row_schema, SCHEMA)
    row["ownerSort"] = _owner_sort(job)
    if job.wake_by is not None:
        kind = ERASED if job.erased and job.final else OPEN  # nobody waits for the former: apart, they delay nobody
        row["openShard"] = f"{kind}#{int(hashlib.sha256(job.id.encode()).hexdigest(), 16) % OPEN_SHARDS}"
        row["wakeBy"] = job.wake_by
    return row


def cursor_after(job: Job) -> str:
    """What leads to the jobs of the same owner that come after this one."""
    return _cursor(_owner_sort(job))


def job_of(row: Item) -> Job:
    """A stored row as a job."""
    return Job.model_validate(_bare(row))


def _bare(row: Item) -> Item:
    return {name: value for name, value in row.items() if name not in {"pk", "sk", "ownerSort", "openShard", "wakeBy"}}


def _owner_sort(job: Job) -> str:
    return f"{job.created_at:015d}#{job.id}"


def _cursor(owner_sort: str) -> str:
    return base64.urlsafe_b64encode(owner_sort.encode()).decode()


def _start(owner: str, cursor: str) -> dict[str, Any]:
    try:
        sort = base64.urlsafe_b64decode(cursor).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        sort = ""
    if not re.fullmatch(r"\d{15}#[\w-]{1,64}", sort):
        raise InvalidRequest("The cursor is not one of ours.", errors=[("cursor", "send `cursor` back as it came")])
    return to_dynamodb({"pk": f"job#{sort[16:]}", "sk": JOB, "owner": owner, "ownerSort": sort})
