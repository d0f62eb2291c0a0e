"""Waits for the deployed functions: the emulator's CloudFormation does not, as AWS's does."""

import time
from typing import Any

from local.steps import Trouble
from ops.deployed import Deployed

READY_SECONDS = 120.0
POLL_SECONDS = 0.2


def wait(deployed: Deployed) -> None:
    """Return when every function can be called; raises Trouble naming one that cannot be started."""
    client, until = deployed.client("lambda"), time.monotonic() + READY_SECONDS
    for name, arn in deployed.functions.items():
        while (found := _state(client, arn))["State"] == "Pending" and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        if found["State"] != "Active":
            why = found.get("StateReason") or f"still {found['State']} after {READY_SECONDS:.0f} s"
            raise Trouble(f"function {name} does not start: {why}", remedy="mend it and run the same command again")


def _state(client: Any, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get_function_configuration(FunctionName=arn)
    return found
