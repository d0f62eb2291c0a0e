"""An owner's credits, by command: `python -m ops.credits show|grant|adjust|refund OWNER --stage STAGE --key KEY`."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ops.audit import record
from ops.deployed import CommandRefused, Deployed, NotDeployed, own_account

NOTHING_TO_READ = {"show": ("status", "balance"), "entries": ("status", "entries")}


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; the answer is printed as JSON."""
    chosen = _options().parse_args(words)
    deployed = Deployed(chosen.stage, own_account)
    try:
        print(json.dumps(_answer(deployed, chosen), indent=2))
    except (CommandRefused, NotDeployed, BotoCoreError, ClientError) as failure:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 1
    return 0


def _answer(deployed: Deployed, chosen: argparse.Namespace) -> Any:
    if reading := NOTHING_TO_READ.get(chosen.command):
        function, command = reading
        return deployed.invoke(function, {"command": command, "owner": chosen.owner, "request": {}})
    request = {name: value for name in ("amount", "jobId", "expiresAt") if (value := getattr(chosen, name, None))}
    order = {"command": chosen.command, "owner": chosen.owner, "request": request, "idempotencyKey": chosen.key}
    answer = deployed.invoke("credits", order)
    record(deployed, f"credits {chosen.command}", chosen.owner, key=chosen.key, **request)
    return answer


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="ops.credits", description=__doc__)
    commands = options.add_subparsers(dest="command", required=True)
    said = {
        "show": "what an owner has",
        "entries": "its ledger, newest first",
        "grant": "give credits",
        "adjust": "correct a balance, down with a negative amount",
        "refund": "give back what a job was charged",
    }
    for name, told in said.items():
        command = commands.add_parser(name, help=told)
        command.add_argument("owner", help="user:<issuer>:<id> or service:<account>")
        command.add_argument("--stage", required=True)
        if name not in NOTHING_TO_READ:
            command.add_argument("--key", required=True, help="a repeat under the same key moves nothing")
        if name == "refund":
            command.add_argument("--job", dest="jobId", required=True)
        if name in ("grant", "adjust", "refund"):
            command.add_argument("--amount", type=int, required=name != "refund")
        if name == "grant":
            command.add_argument("--expires", dest="expiresAt", help="such as 2027-01-31T00:00:00Z; never, if left out")
    return options


if __name__ == "__main__":
    sys.exit(main())
