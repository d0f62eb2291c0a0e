"""Stages synthesized around empty layers: their stacks, and what cdk-nag says of them."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from local import tools

# CDK's kernel is a Node program, and starts when its library is first imported: further down.
os.environ.setdefault("JSII_NODE", str(tools.node().binary))

from aws_cdk import App, Stack, Validations
from aws_cdk.assertions import Template
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra import bundling, stages
from infra.stack import EaselStack
from tests.support.templates import Reading

ROOT = Path(__file__).parents[2]
PACKS = {"AwsSolutions", "Serverless"}
T = TypeVar("T")


def reader(scratch: Path) -> Callable[[stages.Stage], Reading]:
    """Reads stages' templates; `scratch` is an empty folder, or none yet."""
    bundle = _bundle(scratch)

    def read(stage: stages.Stage) -> Reading:
        stack, _ = _stacks(_app(scratch), stage, bundle)
        return Reading(dict(Template.from_stack(stack).to_json()))

    return read


def findings(scratch: Path, stage: stages.Stage) -> set[str]:
    """What cdk-nag finds in a stage's stacks beside what is acknowledged, by rule; `scratch` as above."""
    app = _app(scratch)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    _stacks(app, stage, _bundle(scratch))
    with suppress(RuntimeError):  # a report with findings ends the synthesis; without the report this fails here
        app.synth()
    report = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    looked = {each["pluginName"] for each in report["pluginReports"]}
    if not looked >= PACKS:
        raise RuntimeError(f"of {PACKS} only {looked} looked")
    return {violation["ruleName"] for each in report["pluginReports"] for violation in each["violations"]}


def _app(scratch: Path) -> App:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    return App(outdir=str(scratch / f"out-{len(list(scratch.glob('out-*')))}"), context=context)


def _stacks(app: App, stage: stages.Stage, bundle: bundling.Bundle) -> tuple[EaselStack, Stack | None]:
    stack = EaselStack(app, stage=stage, bundle=bundle)
    return stack, stack.behind_an_edge(app, stage) if stage.edge else None


def _bundle(scratch: Path) -> bundling.Bundle:
    code = bundling.gather_code(ROOT, scratch / "code")
    return bundling.Bundle(code=code, layers={name: _empty_layer(scratch / name) for name in bundling.LAYERS})


def _empty_layer(folder: Path) -> Path:
    (folder / "python").mkdir(parents=True)
    (folder / "python" / "README").write_text(folder.name)
    return folder
