"""Operators' command lines, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


TOOLS = ("audit", "credits", "jobs", "keys", "ledger", "models", "pause", "spending", "user", "verify")


@pytest.mark.parametrize("tool", TOOLS)
def test_help_is_help_without_paths_and_changes_nothing(tool: str) -> None:
    page = ROOT / "docs" / "models.md"
    before = page.stat().st_mtime_ns
    blocked = "import sys; sys.modules['pytest'] = None; sys.argv = ['x', '--help']; import runpy; "

    ran = subprocess.run(
        [sys.executable, "-c", f"{blocked}runpy.run_module('ops.{tool}', run_name='__main__')"],
        cwd=ROOT,
        env={"PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "usage:" in ran.stdout
    assert page.stat().st_mtime_ns == before
