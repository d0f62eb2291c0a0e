"""Where the local stack keeps its things: `.easel/<stage>/` for what runs, `.easel/` for what is installed once."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = ROOT / ".easel"
OUT = ROOT / "out"


@dataclass(frozen=True)
class Places:
    """The folders and files of one local stage."""

    stage: str
    under: Path = INSTALLED

    @property
    def home(self) -> Path:
        """Everything of this stage."""
        return self.under / self.stage

    def folder(self, name: str) -> Path:
        """A folder of this stage, made when it is missing."""
        folder = self.home / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def file(self, name: str) -> Path:
        """A file of this stage."""
        self.home.mkdir(parents=True, exist_ok=True)
        return self.home / name

    def log(self, name: str) -> Path:
        """Where one process or step writes what it says."""
        return self.folder("logs") / f"{name}.log"


def shown(path: Path) -> str:
    """A path as a person would type it here."""
    return os.path.relpath(path, Path.cwd())
