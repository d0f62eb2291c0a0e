"""Operators' command lines, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TOOLS = ("cli.main", "models", "verify")


def in_a_process(tool: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A tool as an operator runs it, on a machine without the tests' libraries."""
    blocked = f"import sys; sys.modules['pytest'] = None; sys.argv = ['x', *{words!r}]; import runpy; "
    return subprocess.run(
        [sys.executable, "-c", f"{blocked}runpy.run_module('ops.{tool}', run_name='__main__')"],
        cwd=ROOT,
        env={"PATH": "/usr/bin", "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("tool", TOOLS)
def test_help_is_help_without_paths_and_changes_nothing(tool: str) -> None:
    page = ROOT / "docs" / "models.md"
    before = page.stat().st_mtime_ns

    ran = in_a_process(tool, "--help")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "usage:" in ran.stdout.lower()
    assert page.stat().st_mtime_ns == before


def test_without_credentials_it_says_which_to_set_and_ends_with_3() -> None:
    ran = in_a_process("cli.main", "audit", "--stage", "prod", AWS_REGION="eu-central-1")

    assert ran.returncode == 3
    assert ran.stderr.startswith("there are no AWS credentials here")
    assert "remedy: set AWS_PROFILE" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_stage_that_the_file_does_not_have_is_wrong_use_and_names_those_it_has() -> None:
    ran = in_a_process("cli.main", "audit", "--stage", "prdo")

    assert ran.returncode == 2
    assert "stages.toml has no stage 'prdo'; it has prod, dev, local" in ran.stderr


def test_a_reader_that_goes_away_is_told_in_a_sentence() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    ran = subprocess.run(
        [sys.executable, "-c", "from ops.cli.operator import Operator; Operator().show({'a': 1})"],
        cwd=ROOT,
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(writes)

    assert "ops.errors.OutputClosed: whoever read the output stopped before its end" in ran.stderr


def test_the_command_starts_without_cdk_and_without_providers_libraries() -> None:
    loaded = (
        "import sys; import ops.commands.tree; print(sorted({'aws_cdk', 'jsii', 'openai', 'PIL'} & set(sys.modules)))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert ran.stdout.strip() == "[]"
