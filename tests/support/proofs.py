"""Runs a slice of a proof in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 300  # against a proof that hangs; CDK alone takes a minute where two synthesize at once


def prove(what: str, **env: str) -> tuple[int, dict[str, Any]]:
    """A proof's exit status and its figures."""
    quiet = {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}  # a proof provokes failures by the thousand
    environ = {**os.environ, **quiet, "PYTHONPATH": f"{ROOT / 'functions'}{os.pathsep}{ROOT}", **env}
    done = subprocess.run(
        [sys.executable, "-m", "tests.prove", what],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    assert lines, done.stderr
    figures: dict[str, Any] = json.loads(lines[-1])
    return done.returncode, figures
