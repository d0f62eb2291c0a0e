"""The document is clean in the two linters that people use, with every rule and without exceptions."""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interface import programs
from tests.support.promises import document


def redocly(file: Path) -> list[str]:
    """What Redocly says, as `rule: message`."""
    config = programs.HERE / "redocly.yaml"
    done = programs.run("redocly", "lint", file, "--config", config, "--format=json", cwd=file.parent)
    assert done.stdout.strip().startswith("{"), done.stderr
    told = json.loads(done.stdout)
    assert (done.returncode == 0) == (not told["problems"]), done.stderr
    return [f"{each['ruleId']}: {each['message']} {each['location'][0].get('pointer')}" for each in told["problems"]]


def spectral(file: Path) -> list[str]:
    """What Spectral says, hints too, as `rule: message`."""
    config = programs.HERE / "spectral.yaml"
    words = ("lint", file, "--ruleset", config, "--format", "json", "--fail-severity", "hint", "--quiet")
    done = programs.run("spectral", *words, cwd=file.parent)
    assert done.stdout.strip().startswith("["), done.stderr
    told = json.loads(done.stdout)
    assert (done.returncode == 0) == (not told), done.stderr
    return [f"{each['code']}: {each['message']} {'/'.join(map(str, each['path']))}" for each in told]


@pytest.mark.parametrize("lint", [redocly, spectral])
def test_the_document_is_clean(tmp_path: Path, lint: Callable[[Path], list[str]]) -> None:
    assert lint(programs.written(tmp_path)) == []


@pytest.mark.parametrize(
    ("lint", "rules"),
    [
        (redocly, {"operation-operationId", "no-unresolved-refs", "path-parameters-defined"}),
        (spectral, {"operation-operationId", "invalid-ref", "path-params"}),
    ],
)
def test_faults_are_found(tmp_path: Path, lint: Callable[[Path], list[str]], rules: set[str]) -> None:
    faulty = copy.deepcopy(document())
    del faulty["paths"]["/api/aiimage/start"]["post"]["operationId"]
    del faulty["components"]["schemas"]["JobView"]
    faulty["paths"]["/api/aiimage/status/{jobId}"]["get"]["parameters"].clear()

    assert rules <= {each.partition(":")[0] for each in lint(programs.written(tmp_path, faulty))}
