"""Starting goes wrong in words: an older Python, a port that is taken, Ctrl-C while something is installed."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import install, node, ports, tools
from local.places import ROOT

OLD = "import sys; sys.version_info = (3, 9, 18); sys.version = '3.9.18 (main)'; import local.install"


def test_an_older_python_is_told_which_one_is_needed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OLD], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert "needs Python 3.11 or newer; this is 3.9.18" in done.stderr
    assert "next: make PYTHON=" in done.stderr
    assert "Traceback" not in done.stderr


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_while_installing_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "environment", interrupt)
    monkeypatch.setattr(sys, "argv", ["install", ".venv", "requirements.txt"])

    assert install.main() == 130
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("during", ["node", "run"])
def test_ctrl_c_in_a_command_that_needs_node_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], during: str
) -> None:
    if during == "node":
        monkeypatch.setattr(tools, "node", interrupt)
    monkeypatch.setattr(subprocess, "run", interrupt)
    monkeypatch.setattr(sys, "argv", ["node", "pytest"])

    assert node.main() == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_port_that_somebody_else_has_is_named_with_the_one_in_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        chosen = ports.choose(tmp_path / "ports.json", {"front": taken}, running=())

    assert chosen["front"] != taken
    assert f"port {taken} is taken: front is at http://127.0.0.1:{chosen['front']}" in capsys.readouterr().out


def test_a_port_of_last_time_is_kept_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ports.json"
    first = ports.choose(file, {"front": 0}, running=())

    assert ports.choose(file, {"front": 0}, running=()) == first == json.loads(file.read_text())
    assert capsys.readouterr().out == ""


def test_setting_up_installs_the_command_once_and_again_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []

    def install_it(command: list[str], **_: object) -> None:
        ran.append([str(word) for word in command])
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / "easel").touch()

    monkeypatch.setattr(install, "run", install_it)

    for _ in range(2):
        assert install.console_script(tmp_path) == tmp_path / "bin" / "easel"
    assert [words[-3:] for words in ran] == [["--no-deps", "-e", str(ROOT)]]

    (tmp_path / ".console-script").write_text("of an older pyproject.toml")
    install.console_script(tmp_path)
    assert len(ran) == 2
