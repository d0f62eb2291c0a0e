"""The app as CDK runs it: pure, without an account, and clear about what is missing."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.assembly import ROOT

IMPURE = {"os", "socket", "subprocess", "urllib", "http", "httpx2", "boto3", "botocore", "platform", "random", "time"}
RUNS_PROGRAMS = ("bundling.py", "byte_code.py")


def synth(out: Path, **context: str) -> subprocess.CompletedProcess[str]:
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    machine = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    environment = {**machine, "CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps({**flags, **context})}
    command = [sys.executable, str(ROOT / "app.py")]
    return subprocess.run(command, env=environment, cwd=out, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("assembly")
    done = synth(out, stage="prod")
    assert done.returncode == 0, done.stderr
    return out


def test_prod_is_synthesized_without_account_lookups_or_docker(assembly: Path) -> None:
    manifest = json.loads((assembly / "manifest.json").read_text())

    assert manifest["artifacts"]["easel-prod"]["environment"] == "aws://unknown-account/unknown-region"
    assert "missing" not in manifest


def test_cfn_lint_finds_no_error_in_prod(assembly: Path) -> None:
    template = assembly / "easel-prod.template.json"
    lint = str(Path(sys.executable).with_name("cfn-lint"))
    command = [lint, "--ignore-checks", "W", "--format", "parseable", "--", template.name]

    done = subprocess.run(command, cwd=assembly, capture_output=True, text=True, timeout=120, check=False)

    assert done.stdout == ""
    assert done.returncode == 0


def test_cdk_itself_has_nothing_to_warn_of(assembly: Path) -> None:
    manifest = json.loads((assembly / "manifest.json").read_text())
    notes = [
        entry
        for artifact in manifest["artifacts"].values()
        for entries in (artifact.get("metadata") or {}).values()
        for entry in entries
        if entry["type"] in ("aws:cdk:warning", "aws:cdk:error")
    ]

    assert notes == []


def test_a_template_stays_below_cloudformations_limits(assembly: Path) -> None:
    template = (assembly / "easel-prod.template.json").read_text()

    assert len(template) < 1_000_000
    assert len(json.loads(template)["Resources"]) < 400  # of 500


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({}, "easel: say which stage: -c stage=… (prod, dev, local, test)"),
        ({"stage": "production"}, "stages.toml has no stage 'production'; it has prod, dev, local, test"),
        ({"stage": "prod", "public_url": "https://x.example"}, "is not emulated; write it into stages.toml"),
    ],
)
def test_what_cannot_be_synthesized_is_said_in_one_line(tmp_path: Path, context: dict[str, str], said: str) -> None:
    done = synth(tmp_path, **context)

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("file", sorted((ROOT / "infra").glob("*.py")), ids=lambda file: file.name)
def test_below_app_nothing_asks_the_machine_the_network_or_the_clock(file: Path) -> None:
    nodes = list(ast.walk(ast.parse(file.read_text())))
    named = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    named += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]

    impure = {name.split(".")[0] for name in named} & IMPURE

    assert impure == ({"subprocess"} if file.name in RUNS_PROGRAMS else set())
