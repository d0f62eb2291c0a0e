"""Survivors that stay, each with its reason."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tools.mutants.places import Mutant

FILE = Path(__file__).with_name("listed.toml")


@dataclass(frozen=True)
class Listed:
    """Changes that no caller can tell from the original, by file, function and change; so a line may move."""

    reasons: dict[tuple[str, str, str], str]

    def holds(self, mutant: Mutant) -> bool:
        """Whether this one is listed."""
        return _key(mutant) in self.reasons

    def strangers(self, mutants: list[Mutant]) -> list[str]:
        """Entries that fit no mutant: the code they speak of is gone."""
        known = {_key(mutant) for mutant in mutants}
        return [" · ".join(key) for key in self.reasons if key not in known]


def load(package: str, file: Path = FILE) -> Listed:
    """What is listed for a package. Raises ValueError for an entry without a reason."""
    reasons = {}
    for entry in tomllib.loads(file.read_text("utf-8")).get(package, []) if file.is_file() else []:
        if not entry["reason"].strip():
            raise ValueError(f"{file.name}: {entry['change']} has no reason")
        for change in [entry["change"]] if isinstance(entry["change"], str) else entry["change"]:
            reasons[entry["file"], entry["where"], change] = entry["reason"]
    return Listed(reasons)


def _key(mutant: Mutant) -> tuple[str, str, str]:
    return mutant.path.name, mutant.where, mutant.change
