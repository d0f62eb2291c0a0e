"""`eval "$(make -s env)"`: a shell that did it never reaches the account that its machine is signed in to."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local.__main__ import COMMANDS
from local.places import ROOT, Places
from local.steps import Trouble

SIGNED_IN = {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "real", "AWS_ACCESS_KEY_ID": "real"}


def shell_after(said: str) -> tuple[str, str, str]:
    """How `eval` ended in a shell of somebody who is signed in to AWS, whose account it is now, and where it leads."""
    show = 'echo "$? ${AWS_PROFILE-unset} ${AWS_ACCESS_KEY_ID-unset} ${AWS_ENDPOINT_URL-unset}"'
    env = {"PATH": os.environ["PATH"], **SIGNED_IN, "SAID": said}
    done = subprocess.run(
        ["/bin/sh", "-c", f'eval "$SAID"; {show}'], env=env, capture_output=True, text=True, timeout=20
    )
    code, profile, key, endpoint = done.stdout.split()
    return code, f"{profile} {key}", endpoint


@pytest.mark.parametrize("ports", [None, {"emulator": 4999}])
def test_while_the_stack_does_not_run_it_fails_and_leads_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ports: dict[str, int] | None
) -> None:
    places = Places("local", under=tmp_path)
    if ports:
        places.file("ports.json").write_text(json.dumps(ports))

    with pytest.raises(Trouble, match="leads nowhere"):
        COMMANDS["env"](places)

    code, account, endpoint = shell_after(capsys.readouterr().out)
    assert (code, account) == ("1", "unset test")
    assert endpoint == f"http://127.0.0.1:{(ports or {'emulator': 4566})['emulator']}"


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_before_anything_is_installed_it_fails_and_leads_nowhere(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)

    made = subprocess.run(["make", "-s", "env"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    assert made.returncode != 0
    assert "make up" in made.stderr
    assert shell_after(made.stdout) == ("1", "unset test", "http://127.0.0.1:4566")
