"""Templates, made once for all tests: of the real app's stack, around empty layers."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from local import tools

# CDK's kernel is a Node program, and starts when its library is first imported: further down.
os.environ.setdefault("JSII_NODE", str(tools.node().binary))

from aws_cdk import App
from aws_cdk.assertions import Template

from infra import bundling, stages
from infra.stack import EaselStack
from tests.infra.reading import Reading

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def read_stage(tmp_path_factory: pytest.TempPathFactory) -> Callable[[stages.Stage], Reading]:
    """A stage's template, ready to be asked."""
    scratch = tmp_path_factory.mktemp("bundle")
    code = bundling.gather_code(ROOT, scratch / "code")
    layers = {name: _empty_layer(scratch / name) for name in bundling.LAYERS}
    context = json.loads((ROOT / "cdk.json").read_text())["context"]

    def read(stage: stages.Stage) -> Reading:
        app = App(outdir=str(scratch / f"out-{len(list(scratch.iterdir()))}"), context=context)
        stack = EaselStack(app, stage=stage, bundle=bundling.Bundle(code=code, layers=layers))
        return Reading(dict(Template.from_stack(stack).to_json()))

    return read


@pytest.fixture(scope="session")
def prod(read_stage: Callable[[stages.Stage], Reading]) -> Reading:
    return read_stage(stages.load("prod"))


@pytest.fixture(scope="session")
def dev(read_stage: Callable[[stages.Stage], Reading]) -> Reading:
    return read_stage(stages.load("dev"))


@pytest.fixture(scope="session")
def local(read_stage: Callable[[stages.Stage], Reading]) -> Reading:
    return read_stage(stages.load("local"))


def _empty_layer(folder: Path) -> Path:
    (folder / "python").mkdir(parents=True)
    (folder / "python" / "README").write_text(folder.name)
    return folder
