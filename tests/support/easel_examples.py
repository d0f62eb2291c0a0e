"""The example of every command's help, made to run: with a job, a key and a stage that there are."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ops.cli.tree import EXAMPLE
from tests.support.operator import DeployedWorld, FakeLambda, FakeLogs, easel, leaves
from tests.support.world import ANN, World

SHOP = "service:shop"
COMMANDS = dict(leaves())
IN_A_POOL = {"users create"}  # which a world in memory has not: `test_user.py` has one
GIVEN = "credits grant service:shop --amount 50 --key first --stage dev --yes"


@contextmanager
def an_examined_stage(world: World) -> Iterator[DeployedWorld]:
    """A stage whose functions answer, where a service has credits."""
    made = DeployedWorld(world, clients={"logs": FakeLogs(), "lambda": FakeLambda()})
    with made.functions_answering():
        assert easel(made, *GIVEN.split()).code == 0
        yield made


def example(command: Any) -> str:
    """The example of its help."""
    lines = [line.strip() for line in (command.epilog or "").splitlines()]
    return next(line.removeprefix(EXAMPLE) for line in lines if line.startswith(EXAMPLE))


def words_of(stage: DeployedWorld, name: str) -> list[str]:
    """The words of a command's example, with a job and a key that there are."""
    line = example(COMMANDS[name])
    if "JOB" in line.split():
        owner = SHOP if name.startswith("credits") else ANN.owner
        job = stage.world.run(stage.world.begin(replace(ANN, owner=owner)).job.id)
        line = line.replace("JOB", job.id)
    if "KEY" in line.split():
        made = easel(stage, *["keys", "create", "--account", "shop", "--stage", "dev", "--yes", "--json"]).answer["key"]
        key = made.split("_")[1]
        if name == "keys finish":
            assert easel(stage, "keys", "rotate", key, "--stage", "dev", "--yes").code == 0
        line = line.replace("KEY", key)
    return shlex.split(line)[1:]
