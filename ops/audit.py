"""Who changed what: `python -m ops.audit --stage STAGE` lists every pause, key and movement of credits by hand."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from easel.clock import SECOND, SystemClock
from easel.identity.audit_log import AuditEvent, AuditLog
from ops.deployed import Deployed, NotDeployed, own_account


def trail_of(deployed: Deployed) -> AuditLog:
    """The acts of a stage, kept beside its keys: a table that no function may write."""
    return AuditLog(client=deployed.client("dynamodb"), table=deployed.setting("authorize", "KEYS_TABLE"))


def act_of(deployed: Deployed, act: str, what: str, **facts: object) -> AuditEvent:
    """An act in the name of whoever runs this, as AWS knows them."""
    by = str(deployed.client("sts").get_caller_identity()["Arn"])
    said = {name: str(value) for name, value in facts.items() if value is not None}
    return AuditEvent(at=SystemClock().now(), by=by, act=act, what=what, facts=said)


def record(deployed: Deployed, act: str, what: str, **facts: object) -> None:
    """Write down what was done elsewhere."""
    commit(deployed, act_of(deployed, act, what, **facts))


def commit(deployed: Deployed, act: AuditEvent, *writes: Any) -> None:
    """Do it and write it down, both or neither."""
    actions = [trail_of(deployed).action(act), *writes]
    deployed.client("dynamodb").transact_write_items(TransactItems=actions)


def main(words: Sequence[str] | None = None) -> int:
    """Print every act, oldest first."""
    options = argparse.ArgumentParser(prog="ops.audit", description=__doc__)
    options.add_argument("--stage", required=True)
    chosen = options.parse_args(words)
    try:
        for act in trail_of(Deployed(chosen.stage, own_account)).acts():
            print(_shown(act))
    except (NotDeployed, BotoCoreError, ClientError) as failure:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 1
    return 0


def _shown(act: AuditEvent) -> str:
    at = datetime.fromtimestamp(act.at / SECOND, UTC).isoformat(timespec="seconds")
    facts = " ".join(f"{name}={value}" for name, value in act.facts.items())
    return "  ".join(filter(None, (at, act.act, act.what, facts, f"by {act.by}")))


if __name__ == "__main__":
    sys.exit(main())
