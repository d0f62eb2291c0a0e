"""What reads the document in tests: programs of npm's, which `python -m tests.interface.programs` installs."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import tools
from local.steps import Trouble
from tests.support import npm
from tests.support.promises import document

HERE = Path(__file__).parent
SECONDS_MAX = 120
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}


def installed() -> Path:
    """The folder with `node_modules`. Raises Trouble."""
    return npm.installed(HERE, "interface", title="install what reads the interface")


def written(folder: Path, found: Mapping[str, Any] | None = None) -> Path:
    """The document of these doors, or another one, as a file."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(found or document()), "utf-8")
    return file


def run(program: str, *words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A program of npm's, to its end; Node comes first on its PATH. Raises Trouble."""
    return run_node(installed() / "node_modules" / ".bin" / program, *words, cwd=cwd)


def run_node(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The same of a file, or of `node` itself. Raises Trouble."""
    env = {**os.environ, **QUIET, "PATH": tools.node().path(os.environ)}
    return subprocess.run([*words], cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=SECONDS_MAX)


def main() -> int:
    """Install, or say what is in the way."""
    try:
        installed()
    except Trouble as trouble:
        sys.stderr.write(f"{trouble.told()}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
