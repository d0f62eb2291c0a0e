"""Facts of this checkout and this machine: no request to anybody."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from easel.catalog import planning
from easel.moderation import policy as moderation_policy
from infra.stages import Stage
from ops.doctor.facts import Today, Tools
from ops.doctor.model import Unknowable

ROOT = Path(__file__).parents[2]
SECONDS = 5


@dataclass(frozen=True)
class Here:
    """What lies in this folder, for one stage."""

    stage: Stage
    root: Path = ROOT

    def facts(self) -> dict[str, Callable[[], Any]]:
        """What reads each of them."""
        return {
            "stage": lambda: self.stage,
            "catalog": planning.load,
            "today": lambda: Today(datetime.now(UTC).date()),
            "tools": self.tools,
            "templates": self.templates,
            "moderation": lambda: moderation_policy.load(self.stage.moderation),
        }

    def tools(self) -> Tools:
        """What is installed here, and how much of the checkout is not committed."""
        return Tools(
            python=sys.version_info[:2],
            node=_said("node", "--version"),
            cdk=self._version("node_modules/aws-cdk/package.json"),
            cdk_wanted=self._wanted(),
            uncommitted=self._uncommitted(),
        )

    def templates(self) -> list[Any]:
        """The stage's templates as they were synthesized last."""
        made = (self.root / "cdk.out").glob(f"easel-{self.stage.name}*.template.json")
        return [json.loads(file.read_text()) for file in sorted(made)]

    def _version(self, file: str) -> str | None:
        found = self.root / file
        return str(json.loads(found.read_text())["version"]) if found.exists() else None

    def _wanted(self) -> str:
        if not (self.root / "package.json").exists():
            raise Unknowable("easel is installed apart from its checkout, from which alone one deploys")
        package = json.loads((self.root / "package.json").read_text())
        return str({**package.get("dependencies", {}), **package.get("devDependencies", {})}["aws-cdk"]).lstrip("^~")

    def _uncommitted(self) -> int | None:
        said = _said("git", "-C", str(self.root), "status", "--porcelain", "--untracked-files=no")
        return None if said is None else len(said.splitlines())


def _said(program: str, *words: str) -> str | None:
    """What a program of this machine prints; None where it is not there or fails."""
    path = shutil.which(program)
    if path is None:
        return None
    try:
        done = subprocess.run([path, *words], capture_output=True, text=True, check=False, timeout=SECONDS)  # noqa: S603 - fixed words
    except subprocess.TimeoutExpired:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
