"""Programs from npm for tests: installed by a lock file, once on this machine, into `.easel/`."""

import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from local import tools
from local.places import INSTALLED
from local.steps import run, step

INSTALL_SECONDS = 300.0


def installed(folder: Path, name: str, *, title: str) -> Path:
    """Where `node_modules` is that holds what the lock file in `folder` names. Raises Trouble.

    No package's own scripts are run; of several processes that want it at once, one installs.
    """
    home, log = INSTALLED / name, INSTALLED / "logs" / f"{name}.log"
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    home.mkdir(parents=True, exist_ok=True)
    stamp = home / ".installed"
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return home
        node = tools.node()
        for each in ("package.json", "package-lock.json"):
            shutil.copy(folder / each, home / each)
        with step(f"{title} (npm ci)", log=log):
            env = {**os.environ, "PATH": node.path(os.environ)}
            remedy = "make the npm registry reachable (your own npm configuration is used)"
            command: list[str | Path] = [*node.npm, "ci", "--ignore-scripts", "--prefix", home]
            run(command, log=log, seconds=INSTALL_SECONDS, remedy=remedy, env=env)
        stamp.write_text(wanted)
    return home
