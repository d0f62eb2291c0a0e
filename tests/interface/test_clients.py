"""Clients that programs make of the document compile, and start, watch and fetch a job at the real doors."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.interface import programs
from tests.interface.shop import Shop

SECONDS_MAX = 60
PACKAGE = "easel_client"


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a client in TypeScript, compiled."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(programs.installed() / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    for name in ("client.ts", "tsconfig.json"):
        shutil.copy(programs.HERE / name, folder / name)
    made = programs.run("openapi-typescript", programs.written(folder), "-o", folder / "schema.d.ts", cwd=folder)
    assert made.returncode == 0, made.stderr
    compiled = programs.run("tsc", "--project", folder, cwd=folder)
    assert compiled.returncode == 0, compiled.stdout
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a client in Python: the package `easel_client`."""
    folder = tmp_path_factory.mktemp("python")
    config = folder / "config.json"
    config.write_text(json.dumps({"package_name_override": PACKAGE, "post_hooks": []}))
    words = (
        "--path",
        programs.written(folder),
        "--output-path",
        folder / PACKAGE,
        "--meta",
        "none",
        "--config",
        config,
    )
    command: list[str | Path] = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", *words]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS_MAX)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def by_typescript(folder: Path, shop: Shop) -> Any:
    done = programs.run_node("node", "client.js", shop.address, shop.token, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def by_python(folder: Path, shop: Shop) -> Any:
    command: list[str | Path] = [sys.executable, programs.HERE / "client.py", shop.address, shop.token]
    done = subprocess.run(
        command,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


CLIENTS: list[tuple[str, Callable[[Path, Shop], Any]]] = [("typescript", by_typescript), ("python", by_python)]


@pytest.mark.parametrize(("language", "run"), CLIENTS, ids=["typescript", "python"])
def test_a_client_made_of_the_document_starts_watches_and_fetches_a_job(
    request: pytest.FixtureRequest, shop: Shop, language: str, run: Callable[[Path, Shop], Any]
) -> None:
    folder: Path = request.getfixturevalue(language)

    seen = run(folder, shop)

    [started] = shop.world.workflow.started
    job = shop.world.job(started)
    assert (seen["jobId"], seen["status"], seen["charged"]) == (job.id, "succeeded", job.charged)
    assert (seen["width"], seen["offered"], seen["refused"]) == (job.images[0].width, True, "invalid_request")
    key = unquote(urlsplit(seen["link"]).path.lstrip("/"))
    assert shop.world.s3.get_object(Bucket="assets", Key=key)["Body"].read(8) == b"\x89PNG\r\n\x1a\n"


def test_every_module_of_the_client_in_python_can_be_imported(python: Path) -> None:
    code = (
        "import importlib, pkgutil, easel_client\n"
        "names = [each.name for each in pkgutil.walk_packages(easel_client.__path__, 'easel_client.')]\n"
        "for name in names: importlib.import_module(name)\n"
        "assert {'easel_client.api.jobs.start_job', 'easel_client.models.job_view'} <= set(names)"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PYTHONPATH": str(python)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )

    assert done.returncode == 0, done.stderr


def test_a_request_that_the_document_does_not_allow_does_not_compile(typescript: Path) -> None:
    wrong = typescript / "client.ts"
    told = wrong.read_text().replace('prompt: "a lamp"', 'prompt: "a lamp", quality: "lovely"')
    assert "lovely" in told
    other = typescript / "wrong.ts"
    other.write_text(told)
    (typescript / "tsconfig.wrong.json").write_text('{"extends": "./tsconfig.json", "files": ["wrong.ts"]}')

    compiled = programs.run("tsc", "--project", "tsconfig.wrong.json", "--noEmit", cwd=typescript)

    assert compiled.returncode != 0
    assert "lovely" in compiled.stdout
