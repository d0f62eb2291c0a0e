"""Who changed what: every pause, change of a key, erasing and movement of credits by hand, oldest first.

Pauses and keys leave rows on the trail; movements of credits are read from the ledger itself. Erasing is asked of a
function, which leaves its row in the table that it may write: that of the jobs.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from easel.clock import SECOND, SystemClock
from easel.identity.audit_log import AuditEvent, AuditLog
from ops import movements
from ops.deployed import Deployed

HEAD = ("at", "act", "what", "facts", "by")


def trail_of(deployed: Deployed) -> AuditLog:
    """The acts of a stage, kept beside its keys: a table that no function may write."""
    return AuditLog(client=deployed.client("dynamodb"), table=deployed.setting("authorize", "KEYS_TABLE"))


def act_of(deployed: Deployed, act: str, what: str, **facts: object) -> AuditEvent:
    """An act in the name of whoever runs this, as AWS knows them."""
    said = {name: str(value) for name, value in facts.items() if value is not None}
    return AuditEvent(at=SystemClock().now(), by=deployed.by, act=act, what=what, facts=said)


def commit(deployed: Deployed, act: AuditEvent, *writes: Any) -> None:
    """Do it and write it down, both or neither."""
    actions = [trail_of(deployed).action(act), *writes]
    deployed.client("dynamodb").transact_write_items(TransactItems=actions)


def acts(deployed: Deployed) -> list[AuditEvent]:
    """Everything, by time."""
    found = movements.together(list(trail_of(deployed).acts()), list(movements.movements(deployed)))
    return sorted([*found, *erasings(deployed)], key=lambda act: act.at)


def erasings(deployed: Deployed) -> Iterator[AuditEvent]:
    """Every erasing that was asked for or taken back, oldest first, with who did it in words."""
    kept = AuditLog(client=deployed.client("dynamodb"), table=deployed.setting("start", "JOBS_TABLE"))
    for act in kept.acts():
        yield act.model_copy(update={"by": movements.who(act.by, function="start")})


def line(act: AuditEvent) -> tuple[str, str, str, str, str]:
    """An act as it is listed: when, what, of what, with which facts, by whom."""
    at = datetime.fromtimestamp(act.at / SECOND, UTC).isoformat(timespec="seconds")
    return at, act.act, act.what, " ".join(f"{name}={value}" for name, value in act.facts.items()), act.by
