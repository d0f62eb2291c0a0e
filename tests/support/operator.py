"""A stage as operators' tools see it, made of a test's world; and `easel`, run against such a stage."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest import mock

import typer
from api import credits, start, status

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

    def client(self, service: str) -> Any:
        """The one service that the tools tried here ask for."""
        assert service == "dynamodb"
        return self.world.dynamodb

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
