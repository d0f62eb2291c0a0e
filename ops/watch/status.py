"""A stage at a glance: what today costs, what runs, what waits, and whether spending is allowed."""

import json
from datetime import UTC, date, datetime
from typing import Any

from easel.clock import SystemClock
from easel.jobs.store import OPEN_SHARDS
from easel.limits.worker_seats import PARTITION
from easel.policy import Policy
from ops import pause
from ops.deployed import Deployed
from ops.errors import WrongUse
from ops.jobs import by_id
from ops.watch import spending

BATCH = 500  # open jobs that are counted in each shard
READ_MAX = 100  # of them whose age is looked at
EVER = 10**15


def day_named(text: str | None) -> str:
    """A day as YYYY-MM-DD by UTC; today where none is named. Raises WrongUse."""
    if text is None:
        return datetime.now(UTC).date().isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongUse(f"--day: {text!r} is no day; write it as 2026-11-28") from None


def look(deployed: Deployed, day: str) -> dict[str, Any]:
    """The whole stage, for machines; amounts in micro-dollars, and those of that day (YYYY-MM-DD, by UTC)."""
    found = spending.of_day(deployed, day)
    policy = policy_of(deployed)
    return {
        "stage": deployed.stage,
        "day": day,
        "spending": pause.state(deployed),
        "spentMicros": found.spent,
        "reservedMicros": found.reserved,
        "givenAwayMicros": found.free,
        "capMicros": policy.daily_cap_micros,
        "freeCapMicros": min(policy.free_cap_micros, policy.daily_cap_micros),
        **_open(deployed),
        "workersRunning": _workers(deployed),
    }


def lines(deployed: Deployed, told: dict[str, Any]) -> list[str]:
    """The same for a person."""
    found = spending.Spending(told["spentMicros"], told["reservedMicros"], told["givenAwayMicros"])
    money = spending.told(told["day"], found, policy_of(deployed), pause.show(deployed))
    oldest = f", the oldest since {told['oldestOpenJob']['createdAt']}" if told["oldestOpenJob"] else ""
    return [money, f"            {told['openJobs']} open jobs{oldest}; {told['workersRunning']} workers counted"]


def policy_of(deployed: Deployed) -> Policy:
    """What the stage allows, as it is deployed."""
    return Policy.model_validate(json.loads(deployed.setting("start", "POLICY")))


def _open(deployed: Deployed) -> dict[str, Any]:
    store = by_id.store_of(deployed)
    ids = [job_id for shard in range(OPEN_SHARDS) for job_id in store.due(shard, now=EVER, limit=BATCH)]
    read = [job for job in map(store.get, ids[:READ_MAX]) if job and not job.final]  # the index may be behind
    job = min(read, key=lambda job: job.created_at, default=None)
    told = {"jobId": job.id, "createdAt": by_id.moment(job.created_at)} if job else None
    return {"openJobs": len(ids), "oldestOpenJob": told}


def _workers(deployed: Deployed) -> int:
    """Workers that hold a seat; none are counted where Lambda sets concurrency aside for them."""
    clock = SystemClock()
    rows, _ = deployed.database.query(deployed.setting("start", "LIMITS_TABLE"), "pk = :pk", {"pk": PARTITION})
    return sum(int(row["heldUntil"]) > clock.now() for row in rows)
