"""Clients that programs make of the document compile, and start, watch and fetch a job at the real doors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.interface import clients, programs
from tests.interface.shop import Shop


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clients.typescript(tmp_path_factory.mktemp("typescript"))


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clients.python(tmp_path_factory.mktemp("python"))


@pytest.mark.parametrize(
    ("language", "run"),
    [("typescript", clients.run_typescript), ("python", clients.run_python)],
)
def test_a_client_made_of_the_document_starts_watches_and_fetches_a_job(
    request: pytest.FixtureRequest, shop: Shop, language: str, run: Callable[[Path, str, str], Any]
) -> None:
    folder: Path = request.getfixturevalue(language)

    seen = run(folder, shop.address, shop.token)

    [started] = shop.world.workflow.started
    job = shop.world.job(started)
    assert (seen["jobId"], seen["status"], seen["charged"]) == (job.id, "succeeded", job.charged)
    assert (seen["width"], seen["offered"], seen["refused"]) == (job.images[0].width, True, "invalid_request")
    key = unquote(urlsplit(seen["link"]).path.lstrip("/"))
    assert shop.world.s3.get_object(Bucket="assets", Key=key)["Body"].read(8) == b"\x89PNG\r\n\x1a\n"


def test_every_module_of_the_client_in_python_can_be_imported(python: Path) -> None:
    assert {"easel_client.api.jobs.start_job", "easel_client.models.job_view"} <= set(clients.import_all(python))


def test_a_request_that_the_document_does_not_allow_does_not_compile(typescript: Path) -> None:
    told = (typescript / "client.ts").read_text().replace('prompt: "a lamp"', 'prompt: "a lamp", quality: "lovely"')
    assert "lovely" in told
    (typescript / "wrong.ts").write_text(told)
    (typescript / "tsconfig.wrong.json").write_text('{"extends": "./tsconfig.json", "files": ["wrong.ts"]}')

    compiled = programs.run("tsc", "--project", "tsconfig.wrong.json", "--noEmit", cwd=typescript)

    assert compiled.returncode != 0
    assert "lovely" in compiled.stdout
