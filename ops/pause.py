"""The kill switch: `easel pause on --reason leak`.

On, no new job is accepted within two seconds (503 `spending_paused`); running jobs finish. Nothing else changes.
"""

from typing import Any

from easel.aws.rows import to_dynamodb
from easel.limits.kill_switch import ADDRESS
from ops.audit import act_of, commit
from ops.deployed import Deployed

KEY = dict(zip(("pk", "sk"), ADDRESS, strict=True))


def turn(deployed: Deployed, *, on: bool, reason: str) -> None:
    """Stop or allow new holds, and write down who did."""
    act = act_of(deployed, "spending paused" if on else "spending resumed", "stage", reason=reason or None)
    row = {**KEY, "paused": on, "at": act.at, "by": act.by, "reason": reason}
    put: Any = {"Put": {"TableName": _table(deployed), "Item": to_dynamodb(row)}}
    commit(deployed, act, put)


def state(deployed: Deployed) -> dict[str, Any]:
    """How it stands, for machines: `by` and `reason` are of whoever turned it last."""
    key = {name: {"S": value} for name, value in KEY.items()}
    row = deployed.client("dynamodb").get_item(TableName=_table(deployed), Key=key, ConsistentRead=True).get("Item")
    if not row:
        return {"paused": False}
    return {"paused": row["paused"]["BOOL"], "by": row["by"]["S"], "reason": row["reason"]["S"]}


def show(deployed: Deployed) -> str:
    """How it stands, and whose doing that is."""
    found = state(deployed)
    if "by" not in found:
        return "spending is allowed; it was never paused"
    return f"spending is {'paused' if found['paused'] else 'allowed'}, by {found['by']} {found['reason']}".strip()


def _table(deployed: Deployed) -> str:
    return deployed.setting("start", "LIMITS_TABLE")
