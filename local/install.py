"""Makes a virtual environment hold what requirement files name: `python -m local.install FOLDER FILE…`.

It needs nothing but Python itself, shows its progress, and does nothing when nothing changed.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.places import INSTALLED, ROOT
from local.steps import Trouble, run, step

INSTALL_SECONDS = 900.0


def environment(folder: Path, files: Sequence[Path], *, title: str) -> Path:
    """The interpreter of an environment that holds what these files name."""
    python, stamp = folder / "bin" / "python", folder / ".installed"
    wanted = {file.parent.name + "/" + file.name: _digest(file) for file in files}
    held: dict[str, str] = json.loads(stamp.read_text()) if python.exists() and stamp.exists() else {}
    if wanted.items() <= held.items():
        return python
    log = INSTALLED / "logs" / f"{folder.name.lstrip('.')}.log"
    with step(title, log=log):
        if not python.exists():
            remedy = "install Python's venv module (Debian and Ubuntu: python3-venv)"
            run([sys.executable, "-m", "venv", folder], log=log, seconds=INSTALL_SECONDS, remedy=remedy)
        named = [word for file in files for word in ("-r", str(file))]
        command: list[str | Path] = [python, "-m", "pip", "install", "--disable-pip-version-check", *named]
        remedy = "make PyPI reachable for pip (your own pip configuration is used), then run the same command again"
        run(command, log=log, seconds=INSTALL_SECONDS, remedy=remedy)
        stamp.write_text(json.dumps({**held, **wanted}))
    return python


def console_script(folder: Path) -> Path:
    """The command `easel` of an environment, which runs this checkout; installed where it is not yet."""
    python, script, stamp = folder / "bin" / "python", folder / "bin" / "easel", folder / ".console-script"
    wanted = _digest(ROOT / "pyproject.toml")
    if script.exists() and stamp.exists() and stamp.read_text() == wanted:
        return script
    log = INSTALLED / "logs" / f"{folder.name.lstrip('.')}.log"
    with step(f"install the command {folder.name}/bin/easel", log=log):
        pip: list[str | Path] = [python, "-m", "pip", "install", "--disable-pip-version-check"]
        remedy = "make PyPI reachable for pip (it needs setuptools), then run the same command again"
        run([*pip, "--no-deps", "-e", ROOT], log=log, seconds=INSTALL_SECONDS, remedy=remedy)
        stamp.write_text(wanted)
    return script


def _digest(file: Path) -> str:
    return hashlib.sha256(f"{sys.version}\n{file.read_text()}".encode()).hexdigest()


def main() -> int:
    """Install, or say what is in the way."""
    folder, *files = map(Path, sys.argv[1:])
    names = ", ".join(str(file) for file in files)
    try:
        environment(ROOT / folder, [ROOT / file for file in files], title=f"install {names} into {folder}")
        console_script(ROOT / folder)
    except (Trouble, OSError, subprocess.SubprocessError) as failure:
        print(failure.told() if isinstance(failure, Trouble) else f"FAILED: {failure}")
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; the same command installs what is missing", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
