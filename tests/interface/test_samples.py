"""The code on the documentation page runs as it stands there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from api import meta

from easel.openapi import samples
from local import tools
from tests.interface.shop import Shop

SECONDS_MAX = 30


def run(language: str, code: str, shop: Shop, folder: Path) -> str:
    """What a sample prints; a sample that fails fails the test."""
    file = folder / {"curl": "sample.sh", "Python": "sample.py", "JavaScript": "sample.mjs"}[language]
    file.write_text(code, "utf-8")
    program = {"curl": "sh", "Python": sys.executable, "JavaScript": str(tools.node().binary)}[language]
    env = {**os.environ, samples.TOKEN: shop.token, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [program, file], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=SECONDS_MAX
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("language", samples.LANGUAGES)
def test_the_code_that_is_shown_starts_a_job_and_shows_it(shop: Shop, tmp_path: Path, language: str) -> None:
    if language == "curl" and shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    document = meta.document(shop.address)

    start = samples.samples(samples.request(document, "/api/aiimage/start", "post"))[language]
    said = run(language, start, shop, tmp_path)
    balance = samples.samples(samples.request(document, "/api/credits", "get"))[language]
    left = run(language, balance, shop, tmp_path)

    [started] = shop.world.workflow.started
    assert started in said
    assert str(shop.world.available()) in left


def test_code_without_a_token_says_what_is_missing(shop: Shop, tmp_path: Path) -> None:
    made = samples.request(meta.document(shop.address), "/api/credits", "get")
    stranger = shop._replace(token="no-token")

    with pytest.raises(AssertionError, match="neither a token"):
        run("JavaScript", samples.samples(made)["JavaScript"], stranger, tmp_path)
