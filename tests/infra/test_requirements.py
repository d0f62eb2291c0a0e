"""What is not tests runs with `requirements.txt` alone: on an operator's machine nothing else is installed."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
# run by the emulator's own interpreter, from its own lock; and by `make verify`, which installs the tests'
FROM_OTHER_LOCKS = {"emulator", "faults", "fidelity", "workers", "verify"}
IMPORTING = """
import importlib, json, sys
refused, wanted = json.loads(sys.argv[1]), json.loads(sys.argv[2])

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"{name} is not in requirements.txt")

sys.meta_path.insert(0, Refuse())
for name in wanted:
    importlib.import_module(name)
"""


def installed() -> set[str]:
    """The distributions that the lock names."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return {_normal(line.partition("==")[0]) for line in lines if "==" in line}


def beyond(locked: set[str]) -> list[str]:
    """The packages here that come with none of these distributions."""
    found = packages_distributions().items()
    own = {"easel"}  # this very project, which `make setup` installs for its command
    return [package for package, names in found if not (locked | own) & {_normal(name) for name in names}]


def modules(folder: str) -> list[str]:
    """A folder's own modules; those that are only run when asked for are imported too."""
    files = sorted((ROOT / folder).glob("*.py"))
    below = (
        sorted((ROOT / folder).glob("*/*.py")) if folder == "ops" else []
    )  # the others' run in environments of theirs
    found = [file for file in [*files, *below] if file.stem not in FROM_OTHER_LOCKS | {"__init__", "__main__"}]
    return [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in found]


def imported(wanted: list[str], *, locked: set[str]) -> subprocess.CompletedProcess[str]:
    """Import these in a process where nothing beyond the lock can be."""
    words = [sys.executable, "-c", IMPORTING, json.dumps(beyond(locked)), json.dumps(wanted)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "functions")])}
    return subprocess.run(words, cwd=ROOT, env=env, check=False, capture_output=True, text=True, timeout=120)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower().strip()


@pytest.mark.parametrize("folder", ["infra", "local", "ops"])
def test_nothing_beyond_the_lock_is_imported(folder: str) -> None:
    done = imported(modules(folder), locked=installed())

    assert done.returncode == 0, done.stderr[-2000:]


def test_what_is_not_in_the_lock_would_be_noticed() -> None:
    done = imported(["ops.ledger"], locked=installed() - {"pydantic"})

    assert "pydantic is not in requirements.txt" in done.stderr
