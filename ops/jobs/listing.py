"""Which jobs there are: newest first, of everybody or of one owner, by how they ended and who was asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from easel.clock import DAY, MINUTE, SECOND
from easel.identity.callers import ANONYMOUS, SERVICE, USER
from easel.jobs.model import Job, Status
from easel.jobs.store import job_of
from ops.deployed import Deployed
from ops.errors import WrongUse
from ops.jobs.by_id import store_of

PAGE = 100
UNITS = {"s": SECOND, "m": MINUTE, "h": 60 * MINUTE, "d": DAY}
SPAN = re.compile(r"(\d{1,6})([smhd])")


@dataclass(frozen=True)
class Wanted:
    """Which jobs are meant: made from `since` (ms) on, of these statuses (none: any), where a provider was asked."""

    since: int = 0
    statuses: frozenset[Status] = frozenset()
    provider: str | None = None

    def fits(self, job: Job) -> bool:
        """Whether a job is one of them."""
        asked = self.provider is None or any(attempt.provider == self.provider for attempt in job.attempts)
        return job.created_at >= self.since and asked and (not self.statuses or job.status in self.statuses)


def span(text: str) -> int:
    """A time span such as `90s`, `15m`, `1h` or `7d`, in milliseconds. Raises WrongUse."""
    found = SPAN.fullmatch(text)
    if found is None or not int(found[1]):
        raise WrongUse(f"{text!r} is no time span: write it as 90s, 15m, 1h or 7d")
    return int(found[1]) * UNITS[found[2]]


def owner_named(owner: str) -> str:
    """An owner, if it is written like one. Raises WrongUse."""
    if owner != ANONYMOUS and not USER.fullmatch(owner) and not SERVICE.fullmatch(owner):
        raise WrongUse(f"{owner!r} is no owner: write it as user:<issuer>:<id>, service:<account> or anonymous")
    return owner


def of_everybody(deployed: Deployed, wanted: Wanted, limit: int) -> list[Job]:
    """The newest that fit, by one pass over the table."""
    return nlargest(limit, all_jobs(deployed, wanted), key=lambda job: job.created_at)


def of_owner(deployed: Deployed, owner: str, wanted: Wanted, limit: int) -> list[Job]:
    """The newest of one owner that fit."""
    found: list[Job] = []
    cursor: str | None = None
    while len(found) < limit:
        page = store_of(deployed).list(owner, limit=PAGE, cursor=cursor)
        found += [job for job in page.jobs if wanted.fits(job)]
        cursor = page.cursor
        if cursor is None or (page.jobs and page.jobs[-1].created_at < wanted.since):
            break
    return found[:limit]


def all_jobs(deployed: Deployed, wanted: Wanted) -> Iterator[Job]:
    """Every job that fits, in no order: one pass over the table."""
    condition: dict[str, Any] = {
        "FilterExpression": "sk = :job AND created_at >= :since",
        "ExpressionAttributeValues": {":job": {"S": "job"}, ":since": {"N": str(wanted.since)}},
    }
    for rows in deployed.database.scan(deployed.setting("start", "JOBS_TABLE"), **condition):
        yield from filter(wanted.fits, map(job_of, rows))
