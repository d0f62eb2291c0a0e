"""Clients that programs make of a document: made, checked as their language checks, and run."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.interface import programs

SECONDS_MAX = 120  # a stage in the cloud takes its time for a picture
PACKAGE = "easel_client"


class ClientFailed(AssertionError):
    """A client could not be made, does not compile, or ended with an error; carries what was said."""


def typescript(folder: Path, document: Mapping[str, Any] | None = None) -> Path:
    """A folder with a client by openapi-typescript and `client.ts`, compiled strictly. Raises ClientFailed."""
    (folder / "node_modules").symlink_to(programs.installed() / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    for name in ("client.ts", "tsconfig.json"):
        shutil.copy(programs.HERE / name, folder / name)
    _well(programs.run("openapi-typescript", programs.written(folder, document), "-o", "schema.d.ts", cwd=folder))
    _well(programs.run("tsc", "--project", folder, cwd=folder))
    return folder


def python(folder: Path, document: Mapping[str, Any] | None = None) -> Path:
    """A folder with a client by openapi-python-client, without a warning: `easel_client`. Raises ClientFailed."""
    config = folder / "config.json"
    config.write_text(json.dumps({"package_name_override": PACKAGE, "post_hooks": []}))
    made: list[str | Path] = [
        "generate",
        "--fail-on-warning",
        "--meta",
        "none",
        "--config",
        config,
        "--output-path",
        folder / PACKAGE,
    ]
    _python(folder, "-m", "openapi_python_client", *made, "--path", programs.written(folder, document))
    return folder


def run_typescript(folder: Path, address: str, token: str) -> Any:
    """What `client.ts` saw at an address. Raises ClientFailed."""
    return json.loads(_well(programs.run_node("node", "client.js", address, token, cwd=folder)))


def run_python(folder: Path, address: str, token: str) -> Any:
    """What `client.py` saw at an address. Raises ClientFailed."""
    return json.loads(_python(folder, programs.HERE / "client.py", address, token))


def import_all(folder: Path) -> list[str]:
    """Every module of the client in Python, imported without a warning. Raises ClientFailed."""
    code = (
        "import importlib, json, pkgutil, easel_client\n"
        "names = [each.name for each in pkgutil.walk_packages(easel_client.__path__, 'easel_client.')]\n"
        "for name in names: importlib.import_module(name)\n"
        "print(json.dumps(names))"
    )
    names: list[str] = json.loads(_python(folder, "-W", "error", "-c", code))
    return names


def _python(folder: Path, *words: str | Path) -> str:
    command: list[str | Path] = [sys.executable, *words]
    return _well(
        subprocess.run(
            command,
            cwd=folder,
            env={"PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX,
        )
    )


def _well(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        raise ClientFailed(f"{done.args} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout
