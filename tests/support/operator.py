"""A stage as operators' tools see it, made of a test's world: its tables, its settings, `credits` and `start`."""

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from api import credits, start

from easel.policy import Policy
from ops.deployed import CommandRefused
from tests.support.doors import a_gate, invoke
from tests.support.world import World

ANN_OF_OPERATIONS = "arn:aws:sts::123456789012:assumed-role/operator/ann"
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:jobs"


@dataclass
class DeployedWorld:
    """What `ops.deployed.Deployed` offers, of a world in memory."""

    world: World
    by: str = ANN_OF_OPERATIONS
    stage: str = "dev"

    def client(self, service: str) -> Any:
        """The one service that the tools tried here ask for."""
        assert service == "dynamodb"
        return self.world.dynamodb

    def setting(self, function: str, variable: str) -> str:
        """One variable of one function."""
        told = {f"{name.upper()}_TABLE": name for name in ("jobs", "credits", "limits", "keys")}
        told |= {"STATE_MACHINE_ARN": MACHINE, "ISSUERS": json.dumps([{"name": "local"}])}
        return told[variable] if variable != "POLICY" else Policy().model_dump_json()

    def credits_deps(self) -> credits.CreditsDeps:
        """What the function `credits` works with here."""
        return credits.CreditsDeps(
            gate=a_gate(self.world.clock), accounts=self.world.accounts, refund=self.world.refund
        )

    def start_deps(self) -> Any:
        """What the function `start` works with here, where it erases."""
        return SimpleNamespace(gate=a_gate(self.world.clock), erase=self.world.eraser, forget=self.world.forget)

    def invoke(self, function: str, payload: dict[str, Any]) -> Any:
        """The function's own answer to a command; raises CommandRefused."""
        answer = invoke({"credits": credits, "start": start}[function], payload)
        if "error" in answer:
            raise CommandRefused(answer)
        return answer
