"""The kill switch: `make pause STAGE=dev DO="on --reason leak"`.

On, no new job is accepted within two seconds (503 `spending_paused`); running jobs finish. Nothing else changes.
"""

import sys
from collections.abc import Sequence
from typing import Any

from easel.aws.dynamodb import to_dynamodb
from easel.limits.kill_switch import ADDRESS
from ops import cli
from ops.audit import act_of, commit
from ops.deployed import Deployed, deployed_stage

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
    options = cli.options("ops.pause", __doc__)
    options.add_argument("command", choices=("on", "off", "show"))
    options.add_argument("--reason", default="", help="kept with it, for whoever finds it paused")
    chosen = cli.parsed(options, words)

    def do() -> None:
        deployed = deployed_stage(chosen.stage)
        if chosen.command != "show":
            turn(deployed, on=chosen.command == "on", reason=chosen.reason)
        print(show(deployed))

    return cli.run(do)


def _table(deployed: Deployed) -> str:
    return deployed.setting("start", "LIMITS_TABLE")


if __name__ == "__main__":
    sys.exit(main())
