"""Jobs, calls and ledger entries as lines of JSON, packed; taken up again where it was broken off. No prompts."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from easel.aws.rows import from_dynamodb
from easel.credits.ledger import ENTRY, bare
from easel.credits.model import Entry
from easel.jobs.model import Job
from easel.jobs.store import job_of
from ops.deployed import Deployed
from ops.errors import Refused
from ops.jobs.by_id import facts, moment

TABLES = {"jobs": ("start", "JOBS_TABLE"), "entries": ("credits", "CREDITS_TABLE")}
FOLLOWING = {"jobs": "entries", "entries": ""}


@dataclass(frozen=True)
class Progress:
    """How far an export came: the table under way ("": none), the key it goes on after, how much of the file holds."""

    since: int
    table: str = "jobs"
    after: dict[str, Any] | None = None
    bytes: int = 0
    lines: int = 0


def run(deployed: Deployed, out: Path, *, since: int) -> Progress:
    """Write everything from `since` (ms) on; what a broken export left is gone on with. How much was written.

    Raises Refused where the file is a finished export, or one of another time.
    """
    kept = out.with_name(f"{out.name}.progress")
    at = _begun(out, kept, since)
    with out.open("r+b" if out.exists() else "w+b") as file:
        file.truncate(at.bytes)  # a page that was half written is written again
        file.seek(at.bytes)
        while at.table:
            at = _page(deployed, at, file)
            kept.write_text(json.dumps(asdict(at)))
    kept.unlink()
    return at


def _begun(out: Path, kept: Path, since: int) -> Progress:
    if kept.exists():
        return Progress(**json.loads(kept.read_text()))
    if out.exists():
        raise Refused(f"{out} is there already, and whole: name another file, or remove it")
    return Progress(since)


def _page(deployed: Deployed, at: Progress, file: BinaryIO) -> Progress:
    """Write the next page; how far that is."""
    start = {"ExclusiveStartKey": at.after} if at.after else {}
    answer = deployed.client("dynamodb").scan(TableName=deployed.setting(*TABLES[at.table]), **start)
    said = [json.dumps(line) for row in answer["Items"] for line in _lines(at.table, from_dynamodb(row), at.since)]
    file.write(gzip.compress("".join(f"{line}\n" for line in said).encode()) if said else b"")
    file.flush()
    after = answer.get("LastEvaluatedKey")
    table = at.table if after else FOLLOWING[at.table]
    return replace(at, table=table, after=after, bytes=file.tell(), lines=at.lines + len(said))


def _lines(table: str, row: dict[str, Any], since: int) -> Iterator[dict[str, Any]]:
    if table == "jobs" and row["sk"] == "job":
        job = job_of(row)
        if job.created_at >= since:
            yield {"type": "job", **facts(job)}
            yield from _calls(job)
    if table == "entries" and row["sk"].startswith(ENTRY):
        entry = Entry.model_validate(bare(row))
        if entry.at >= since:
            yield {"type": "entry", **entry.model_dump(mode="json", exclude={"at", "grants"}), "at": moment(entry.at)}


def _calls(job: Job) -> Iterator[dict[str, Any]]:
    for attempt in job.attempts:
        for call in attempt.calls:
            told = call.model_dump(mode="json", exclude={"started_at"})
            named = {"jobId": job.id, "provider": attempt.provider, "model": attempt.model}
            yield {"type": "call", **named, "startedAt": moment(call.started_at), **told}
