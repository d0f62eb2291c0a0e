"""What invokes functions besides doors: executions of the state machine, EventBridge's rule, the schedule, clients."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from easel.policy import Clocks
from tests.simulation.aws.actors import Actor
from tests.simulation.aws.asl import Ended, Invoke, Machine, Next, Pause
from tests.simulation.aws.executions import RUNNING, Execution
from tests.simulation.aws.faults import Killed
from tests.simulation.aws.photograph import Event
from tests.simulation.aws.region import Region
from tests.simulation.aws.replies import Wire

DEFINITION = Path(__file__).parents[3] / "infra" / "workflow.asl.json"
MINUTE_SECONDS = 60
ASYNC_TRIES = 2  # Lambda repeats an asynchronous invocation that failed, after one and two minutes
BROKEN = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})
CLIENT_PAUSE = 2


def definition(clocks: Clocks) -> str:
    """The deployed definition with the numbers of these clocks and plain names for its functions."""
    numbers = {
        "MachineSeconds": clocks.deadline + 180,
        "AttemptSeconds": clocks.lease + clocks.slack,
        "PrepareSeconds": 130,
        "SettleSeconds": 40,
        "CrashSeconds": clocks.crash,
    }
    text = DEFINITION.read_text()
    for name, seconds in numbers.items():
        text = text.replace(f'"${{{name}}}"', str(seconds))
    for name in ("Attempt", "Prepare", "Settle"):
        text = text.replace(f"${{{name}}}", name.lower())
    return text


@dataclass(frozen=True)
class Ask:
    """What a client asks of a door; `repeats` how often it asks again where it got no answer or `busy`.

    A payload's `jobId` of `$name` is the job that the client's ask of that name was told of.
    """

    function: str
    payload: Wire
    repeats: int = 0


class Orchestration:
    """The region's events and where answers go."""

    def __init__(self, region: Region, machine: Machine, asks: Mapping[str, Ask]) -> None:
        self.region = region
        self.machine = machine
        self.asks = asks
        region.on_start = self.started
        region.on_answer = self.answered
        region.on_event = {
            "begin": self._begin,
            "resume": self._resume,
            "task-timeout": lambda name, serial: self._failed(name, serial, "States.Timeout"),
            "machine-timeout": lambda name: self._close(name, "TIMED_OUT"),
            "undelivered": self._undelivered,
            "aborted": lambda route: self._close(route[1], "ABORTED"),
            "minute": self._minute,
            "client": self._client,
            "async": self._async,
        }

    # --- executions ---

    def started(self, name: str) -> None:
        """StartExecution made a new one."""
        self.region.soon(0, "begin", name)
        self.region.soon(self.machine.seconds, "machine-timeout", name)

    def _begin(self, name: str) -> None:
        execution = self._execution(name)
        if execution.status == RUNNING:
            self._do(execution, self.machine.begin(json.loads(execution.given)))

    def _resume(self, name: str, serial: int) -> None:
        execution = self._waiting(name, serial)
        if execution and execution.standing:
            self._do(execution, self.machine.waited(execution.standing))

    def _failed(self, name: str, serial: int, error: str) -> None:
        execution = self._waiting(name, serial)
        if execution and execution.standing:
            self._do(execution, self.machine.failed(execution.standing, error))

    def _execution(self, name: str) -> Execution:
        return self.region.stepfunctions.executions[name]

    def _waiting(self, name: str, serial: int) -> Execution | None:
        execution = self._execution(name)
        return execution if execution.status == RUNNING and execution.serial == serial else None

    def _do(self, execution: Execution, following: Next) -> None:
        standing, action = following
        execution = replace(execution, standing=standing, serial=execution.serial + 1)
        self.region.stepfunctions.executions[execution.name] = execution
        match action:
            case Invoke(function, payload, seconds):
                self.region.soon(seconds, "task-timeout", execution.name, execution.serial)
                self.region.invoke(function, payload, ("task", execution.name, execution.serial))
            case Pause(seconds):
                self.region.soon(seconds, "resume", execution.name, execution.serial)
            case Ended(status):
                self._close(execution.name, status)

    def _close(self, name: str, status: str) -> None:
        execution = self._execution(name)
        if execution.status != RUNNING:
            return
        ended = replace(execution, status=status, ended_at=self.region.now)
        self.region.stepfunctions.executions[name] = ended
        if status in BROKEN:
            self.region.reached["rule_on_a_broken_execution"] += 1
            self.region.soon(1, "async", "settle", {"jobId": name}, 0)

    # --- answers ---

    def answered(self, route: tuple[Any, ...], actor: Actor) -> None:
        """An invocation ended."""
        if actor.error is None:
            self._told(route, actor.answer)
        else:
            crashed = isinstance(actor.error, Killed)
            self._undelivered(route, "Runtime.ExitError" if crashed else type(actor.error).__name__)

    def _told(self, route: tuple[Any, ...], answer: Any) -> None:
        match route:
            case ("task", name, serial):
                execution = self._waiting(name, serial)
                if execution and execution.standing:
                    self._do(execution, self.machine.answered(execution.standing, answer))
            case ("client", name, tries):
                self.region.answers[name] = answer
                if answer.get("error") == "busy":
                    self._ask_again(name, tries)

    def _undelivered(self, route: tuple[Any, ...] | None, error: str) -> None:
        match route:
            case ("task", name, serial):
                self._failed(name, serial, error)
            case ("client", name, tries):
                self.region.answers[name] = {"error": error}
                self._ask_again(name, tries)
            case ("async", function, payload, tries) if tries < ASYNC_TRIES:
                self.region.soon(MINUTE_SECONDS * (tries + 1), "async", function, payload, tries + 1)

    def _ask_again(self, name: str, tries: int) -> None:
        if tries < self.asks[name].repeats:
            self.region.soon(CLIENT_PAUSE, "client", name, tries + 1)

    # --- events ---

    def _async(self, function: str, payload: Wire, tries: int) -> None:
        self.region.invoke(function, payload, ("async", function, payload, tries))

    def _client(self, name: str, tries: int) -> None:
        ask = self.asks[name]
        payload = dict(ask.payload)
        if str(payload.get("jobId", "")).startswith("$"):
            told = self.region.answers.get(payload["jobId"][1:], {})
            if "jobId" not in told:
                return
            payload["jobId"] = told["jobId"]
        self.region.invoke(ask.function, payload, ("client", name, tries))

    def _minute(self) -> None:
        if not self._anything_open():
            return
        self.region.soon(MINUTE_SECONDS, "minute")
        if self.due():
            self.region.invoke("reconcile", {}, ("async", "reconcile", {}, ASYNC_TRIES))

    def _anything_open(self) -> bool:
        """Whether a minute may still matter: otherwise the region has come to rest."""
        rows = self.region.dynamodb.tables["jobs"].items.values()
        return any("wakeBy" in row.wire for row in rows) or any(not self.is_stale(e) for e in self.region.events)

    def due(self) -> bool:
        """Whether the reconciler would find anything: a run that finds nothing is left out of the proofs."""
        shown = self.region.dynamodb.tables["jobs"].seen_by("open", self.region.now)
        return any(int(row["wakeBy"]["N"]) <= self.region.now for row in shown)

    def is_stale(self, event: Event) -> bool:
        """Whether an event can no longer change anything."""
        _, _, kind, args = event
        match kind:
            case "resume" | "task-timeout":
                return self._waiting(*args) is None
            case "machine-timeout":
                return self._execution(args[0]).status != RUNNING
        return False
