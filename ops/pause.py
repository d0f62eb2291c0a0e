"""The kill switch: `python -m ops.pause on|off|show --stage STAGE [--reason TEXT]`.

On, no new job is accepted within two seconds (503 `spending_paused`); running jobs finish. Nothing else changes.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from easel.aws.dynamodb import to_dynamodb
from easel.limits.kill_switch import ADDRESS
from ops.audit import act_of, commit
from ops.deployed import Deployed, NotDeployed, own_account

KEY = dict(zip(("pk", "sk"), ADDRESS, strict=True))


def turn(deployed: Deployed, *, on: bool, reason: str) -> None:
    """Stop or allow new holds, and write down who did."""
    act = act_of(deployed, "spending paused" if on else "spending resumed", "stage", reason=reason or None)
    row = {**KEY, "paused": on, "at": act.at, "by": act.by, "reason": reason}
    put: Any = {"Put": {"TableName": _table(deployed), "Item": to_dynamodb(row)}}
    commit(deployed, act, put)


def show(deployed: Deployed) -> str:
    """How it stands, and whose doing that is."""
    key = {name: {"S": value} for name, value in KEY.items()}
    row = deployed.client("dynamodb").get_item(TableName=_table(deployed), Key=key, ConsistentRead=True).get("Item")
    if not row:
        return "spending is allowed; it was never paused"
    word = "paused" if row["paused"]["BOOL"] else "allowed"
    return f"spending is {word}, by {row['by']['S']} {row['reason']['S']}".strip()


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    options = argparse.ArgumentParser(prog="ops.pause", description=__doc__)
    options.add_argument("command", choices=("on", "off", "show"))
    options.add_argument("--stage", required=True)
    options.add_argument("--reason", default="", help="kept with it, for whoever finds it paused")
    chosen = options.parse_args(words)
    deployed = Deployed(chosen.stage, own_account)
    try:
        if chosen.command != "show":
            turn(deployed, on=chosen.command == "on", reason=chosen.reason)
        print(show(deployed))
    except (NotDeployed, BotoCoreError, ClientError) as failure:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 1
    return 0


def _table(deployed: Deployed) -> str:
    return deployed.setting("start", "LIMITS_TABLE")


if __name__ == "__main__":
    sys.exit(main())
