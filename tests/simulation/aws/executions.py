"""Step Functions as its callers see it: one execution per name, for ninety days."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.aws.asl import Standing
from tests.simulation.aws.replies import Call, Refusal, Reply, Wire

NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
KEPT_MILLISECONDS = 90 * 86_400_000
RUNNING = "RUNNING"


@dataclass(frozen=True)
class Execution:
    """One execution; `serial` counts its steps, so that an answer to an earlier one is known as late."""

    name: str
    given: str
    started_at: int
    status: str = RUNNING
    ended_at: int | None = None
    standing: Standing | None = None
    serial: int = 0


class StepFunctions:
    """The stage's state machine and its executions, by name."""

    def __init__(self, machine_arn: str, now: Callable[[], int], started: Callable[[str], None]) -> None:
        self.machine_arn = machine_arn
        self.executions: dict[str, Execution] = {}
        self._now = now
        self._started = started

    def answer(self, call: Call) -> Reply:
        """Carry out StartExecution."""
        request = call.params
        if request["stateMachineArn"] != self.machine_arn:
            raise Refusal("StateMachineDoesNotExist", "State Machine Does Not Exist")
        if not NAME.fullmatch(request["name"]):
            raise Refusal("InvalidName", f"Invalid Name: {request['name']}")
        given = request.get("input", "{}")
        try:
            json.loads(given)
        except ValueError as error:
            raise Refusal("InvalidExecutionInput", "Invalid State Machine Execution Input") from error
        return self._start(request["name"], given)

    def _start(self, name: str, given: str) -> Reply:
        known = self.executions.get(name)
        if known and known.ended_at is not None and known.ended_at + KEPT_MILLISECONDS <= self._now():
            known = None
        if known and (known.status != RUNNING or known.given != given):
            raise Refusal("ExecutionAlreadyExists", f"Execution Already Exists: '{name}'")
        if known is None:
            known = self.executions[name] = Execution(name, given, self._now())
            self._started(name)
        arn = f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        answer: Wire = {"executionArn": arn, "startDate": known.started_at / 1000}
        return Reply(json.dumps(answer).encode())
