"""cdk-nag's AwsSolutions and Serverless packs over prod: nothing open, and what is acknowledged has its reason."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra import bundling, findings, stages
from infra.stack import EaselStack
from tests.infra.conftest import ROOT

ACKNOWLEDGED_MAX = 12
RULES = set(findings.KEPT)


def found(scratch: Path, stage: stages.Stage) -> set[str]:
    """The rules that find something in a stage, acknowledged findings left out."""
    code = bundling.gather_code(ROOT, scratch / "code")
    layers = {name: scratch / name for name in bundling.LAYERS}
    for folder in layers.values():
        folder.mkdir()
        (folder / "README").write_text(folder.name)
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(outdir=str(scratch / "out"), context=context)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    stack = EaselStack(app, stage=stage, bundle=bundling.Bundle(code=code, layers=layers))
    if stage.edge:
        stack.behind_an_edge(app, stage)
    with suppress(RuntimeError):  # a report with findings ends the synthesis; without the report the test fails here
        app.synth()
    report = json.loads((scratch / "out" / "validation-report.json").read_text())
    assert {each["pluginName"] for each in report["pluginReports"]} == {"AwsSolutions", "Serverless"}
    return {violation["ruleName"] for each in report["pluginReports"] for violation in each["violations"]}


def test_nothing_is_open_in_prod(tmp_path: Path) -> None:
    assert found(tmp_path, stages.load("prod")) == set()


def test_the_packs_do_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "KEPT", {})

    rules = {rule.partition("[")[0] for rule in found(tmp_path, stages.load("prod"))}

    assert rules == RULES


def test_few_rules_are_acknowledged_and_each_says_why() -> None:
    assert len(findings.KEPT) <= ACKNOWLEDGED_MAX
    assert all(reason.endswith(".") and len(reason) > 60 for reason in findings.KEPT.values())
