"""How a proof says what it found: one JSON object on the last line, and an exit status that says the same."""

import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

SHOWN = 5


def scale() -> float:
    """How much of the full proof is wanted; SCALE=0.01 is a slice."""
    return float(os.environ.get("SCALE", "1"))


def sabotaged() -> bool:
    """Whether a known bug is to be seeded: the proof must fail then."""
    return os.environ.get("SABOTAGE", "") not in {"", "0"}


def workers() -> int:
    """How many processes share the work."""
    return int(os.environ.get("WORKERS", os.cpu_count() or 1))


def note(line: object) -> None:
    """Something for whoever watches, beside the last line."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _cpu_seconds() -> float:
    """Of this process and those it started: what `seconds` would come to on an idle core."""
    used = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


@dataclass
class Figures:
    """What one proof did and found; parts of it are added up from several processes."""

    runs: int = 0
    executed: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    more: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def add(self, other: "Figures") -> None:
        """Count another part in."""
        self.runs += other.runs
        self.executed += other.executed
        self.violations.update(other.violations)
        self.reached.update(other.reached)

    def blame(self, broken: Iterable[str], where: object) -> None:
        """Count what is broken, once each, with where it was seen first."""
        for what in broken:
            self.violations[f"{what} <- {where}" if len(self.violations) < SHOWN else "more"] += 1

    def line(self, wanted: Iterable[str]) -> dict[str, Any]:
        """The last line."""
        reached = {name: self.reached[name] for name in wanted}
        return {
            "runs": self.runs,
            "executed": self.executed,
            "violations": sum(self.violations.values()),
            "reached": reached,
            "seconds": round(time.monotonic() - self.began, 1),
            "cpu_seconds": round(_cpu_seconds(), 1),
            **self.more,
        }

    def close(self, wanted: Iterable[str]) -> int:
        """Print everything; 0 where nothing is broken and every rare state was met."""
        line = self.line(wanted)
        for what, count in self.violations.most_common(SHOWN):
            note(f"{count} × {what}")
        sys.stdout.write(json.dumps(line) + "\n")
        return int(bool(line["violations"]) or not all(line["reached"].values()))
