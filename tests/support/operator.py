"""A stage as operators' tools see it, made of a test's world; and `easel`, run against such a stage."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest import mock

import typer
from api import credits, start, status
from botocore.exceptions import ClientError

from easel.aws.dynamodb import Database
from easel.clock import SystemClock
from ops.cli.main import main
from ops.commands.tree import app
from ops.errors import CommandRefused
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
    clients: dict[str, Any] = field(default_factory=dict)  # of services other than DynamoDB

    @property
    def functions(self) -> dict[str, str]:
        """Alias ARN of every function by its name."""
        return {
            name: f"arn:aws:lambda:eu-central-1:123456789012:function:{name}:live"
            for name in ("reconcile", "start", "status")
        }

    def arn(self, function: str) -> str:
        """The alias to invoke for a function."""
        return self.functions[function]

    def client(self, service: str) -> Any:
        """DynamoDB, and what a test puts beside it."""
        return self.world.dynamodb if service == "dynamodb" else self.clients[service]

    @property
    def database(self) -> Database:
        """The world's tables."""
        return Database(self.world.dynamodb, SystemClock())

    def setting(self, function: str, variable: str) -> str:
        """One variable of one function."""
        told = {f"{name.upper()}_TABLE": name for name in ("jobs", "credits", "limits", "keys")}
        told |= {"STATE_MACHINE_ARN": MACHINE, "ISSUERS": json.dumps([{"name": "local"}])}
        told |= {"PUBLIC_URL": "https://images.example", "PROVIDERS": self._providers()}
        return told[variable] if variable != "POLICY" else self.world.policy.model_dump_json()

    def _providers(self) -> str:
        return json.dumps({name: each.model_dump(mode="json") for name, each in self.world.offers.items()})

    def credits_deps(self) -> credits.CreditsDeps:
        """What the function `credits` works with here."""
        return credits.CreditsDeps(
            gate=a_gate(self.world.clock), accounts=self.world.accounts, refund=self.world.refund
        )

    def start_deps(self) -> Any:
        """What the function `start` works with here, where it erases."""
        use = {"erase": self.world.eraser, "forget": self.world.forget, "cancel": self.world.cancel}
        return SimpleNamespace(gate=a_gate(self.world.clock), status=self.world.status, **use)

    def status_deps(self) -> Any:
        """What the function `status` works with here, where it tells of credits."""
        return SimpleNamespace(gate=a_gate(self.world.clock), accounts=self.world.accounts, buy_url=None)

    def invoke(self, function: str, payload: dict[str, Any]) -> Any:
        """The function's own answer to a command; raises CommandRefused."""
        if function == "settle":
            return self.world.settle(payload["jobId"]).body()
        answer = invoke({"credits": credits, "start": start, "status": status}[function], payload)
        if "error" in answer:
            raise CommandRefused(answer)
        return answer

    @contextmanager
    def functions_answering(self) -> Iterator[None]:
        """While this lasts the functions' doors work in this world."""
        with ExitStack() as stack:
            deps = {credits: self.credits_deps, start: self.start_deps, status: self.status_deps}
            for module, made in deps.items():
                stack.enter_context(mock.patch.object(module.door, "deps", made))
            yield


class FakeLambda:
    """Where functions keep their settings; those of one were never called, and have no log group."""

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        name = FunctionName.split(":")[-2]
        return {"FunctionName": name, **({"LoggingConfig": {"LogGroup": f"logs-of-{name}"}} if name == "start" else {})}


@dataclass
class FakeLogs:
    """CloudWatch Logs: what is in its groups, in pages of one."""

    said: dict[str, list[tuple[int, str]]] = field(
        default_factory=lambda: {"logs-of-start": [(2, "REPORT x"), (1, "a")]}
    )

    def get_paginator(self, operation: str) -> "FakeLogs":
        assert operation == "filter_log_events"
        return self

    def paginate(self, *, logGroupName: str, startTime: int, **more: Any) -> Iterator[dict[str, Any]]:  # noqa: N803
        if logGroupName not in self.said:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, "FilterLogEvents")
        words = json.loads(more.get("filterPattern", '""'))
        for at, message in self.said[logGroupName]:
            if words in message:
                yield {"events": [{"timestamp": at, "message": message}]}


@dataclass(frozen=True)
class Ran:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """What it printed with `--json`: one document, and nothing else."""
        return json.loads(self.out)


class Typed(io.StringIO):
    """Somebody at a terminal, who types this."""

    def isatty(self) -> bool:
        return True


def leaves() -> list[tuple[str, Any]]:
    """Every command that does something: its words, and the command itself."""
    return sorted(_below(typer.main.get_command(app), ()), key=lambda leaf: leaf[0])


def _below(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    below = getattr(command, "commands", None)
    if below is None:
        yield " ".join(path), command
    for name, each in (below or {}).items():
        yield from _below(each, (*path, name))


def easel(stage: Any, *words: str, typed: str | None = None) -> Ran:
    """Run a command line against a stage, or against what opening one comes to."""
    opened: Callable[[str], Any] = stage if callable(stage) else lambda _: stage
    out, err = io.StringIO(), io.StringIO()
    answers = io.StringIO() if typed is None else Typed(typed)
    with redirect_stdout(out), redirect_stderr(err), mock.patch("sys.stdin", answers):
        code = main(words, open_stage=opened)
    return Ran(code, out.getvalue(), err.getvalue())
