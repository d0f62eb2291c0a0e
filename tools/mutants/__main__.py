"""`python -m tools.mutants PACKAGE [FILE …]`: prints survivors and a line of JSON; 1 where the tests are too weak."""

import gc
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from tools.mutants.listed import Listed, load
from tools.mutants.places import Mutant, mutants
from tools.mutants.reach import Reach
from tools.mutants.trials import Trial, caches, functions_of

ROOT = Path(__file__).parents[2]
PERCENT_MIN = 95
SLOW = 1  # second: such a test is asked last
SECONDS_MAX = 15  # of tests, traced, for one mutant: who changes a line hears of it soon or not at all


@dataclass
class Report:
    """How many there were, and which of them nothing noticed; `gone` are listed entries that fit none."""

    package: str
    mutants: int = 0
    survivors: list[str] = field(default_factory=list)
    listed: int = 0
    gone: list[str] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """Noticed ones in a hundred, rounded down to a tenth."""
        killed = self.mutants - self.listed - len(self.survivors)
        return 1000 * killed // self.mutants / 10 if self.mutants else 100.0

    @property
    def holds(self) -> bool:
        """Whether enough were noticed and every other one has its reason."""
        return self.percent >= PERCENT_MIN and not self.survivors and not self.gone

    def line(self, seconds: float) -> str:
        """The summary, as JSON."""
        survived = len(self.survivors)
        return json.dumps(
            {
                "package": self.package,
                "mutants": self.mutants,
                "killed": self.mutants - self.listed - survived,
                "survived": survived,
                "listed": self.listed,
                "percent": self.percent,
                "seconds": round(seconds, 1),
            }
        )


class Tester:
    """A plugin of pytest that, in the place of one run of the tests, runs them against every mutant."""

    def __init__(self, sources: Sequence[Path], listed: Listed, report: Report) -> None:
        self.found = [mutant for path in sources for mutant in mutants(path)]
        self.listed = listed
        self.report = report
        self.reach = Reach(frozenset(map(str, sources)))
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Trace the tests, then try each mutant. Raises pytest.UsageError where a test fails without any."""
        items = {item.nodeid: item for item in session.items}
        for item in session.items:
            began = time.process_time()
            with self.reach.of(item.nodeid):
                reports = runtestprotocol(item, log=False, nextitem=None)
            self.seconds[item.nodeid] = time.process_time() - began
            if any(report.failed for report in reports):
                raise pytest.UsageError(f"mend this first: {item.nodeid} fails without any mutant")
        trial = Trial(items, self.seconds, functions_of(self.reach.files), caches())
        gc.freeze()  # a fork copies fewer pages
        first = min(self.seconds, key=lambda name: self.seconds[name])
        if not trial.can_import_anew(self.found[0].path, [first]):
            raise pytest.UsageError(f"{first} fails when everything is imported again")
        self.report.gone = self.listed.strangers(self.found)
        for mutant in self.found:
            self._try(mutant, trial)
        return True

    def _try(self, mutant: Mutant, trial: Trial) -> None:
        self.report.mutants += 1
        if self.listed.holds(mutant):
            self.report.listed += 1
            return
        tests = self._reaching(mutant)
        if not tests or trial.survives(mutant, tests):
            why = "" if tests else " (no test runs this line)"
            said = f"{_shown(mutant.path)}:{mutant.line}: {mutant.where or 'module'}: {mutant.change}{why}"
            self.report.survivors.append(said)
            sys.stderr.write(f"{said}\n")

    def _reaching(self, mutant: Mutant) -> list[str]:
        """The tests to ask: of the quick ones those named after the module first, for SECONDS_MAX in all."""
        path = str(mutant.path)
        found = self.reach.over(path, mutant.lines) if mutant.function else self.reach.anywhere(path)
        named = f"test_{mutant.path.name}::"
        asked = sorted(
            found or (() if mutant.function else self.seconds),
            key=lambda test: (self.seconds[test] > SLOW, named not in test, self.seconds[test]),
        )
        spent = accumulate(self.seconds[test] for test in asked)
        return [test for test, seconds in zip(asked, spent, strict=True) if seconds <= SECONDS_MAX or test == asked[0]]


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def run(package: str, sources: Sequence[Path], tests: Sequence[Path], listed: Listed) -> Report:
    """Try every mutant of these sources. Raises ValueError where the tests cannot be run or fail by themselves."""
    os.environ["EASEL_WORLD"] = "double"
    report = Report(package)
    tester = Tester(sources, listed, report)
    status = pytest.main(["-qq", "-s", "-p", "no:cacheprovider", *map(str, tests)], plugins=[tester])
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        raise ValueError(f"{package}: the tests do not run")
    return report


def main(arguments: Sequence[str]) -> int:
    """0 where the package's tests notice enough."""
    package, *names = arguments
    folder = ROOT / "functions" / "easel" / package
    tests = [path for kind in ("unit", "integration") if (path := ROOT / "tests" / kind / package).is_dir()]
    if not folder.is_dir() or not tests:
        sys.stderr.write(f"there is no package {package!r} with tests of its own: make mutants PACKAGE=credits\n")
        return 2
    sources = [path for path in sorted(folder.glob("*.py")) if mutants(path) and (not names or path.name in names)]
    began = time.monotonic()
    report = run(package, sources, tests, load(package))
    for survivor in report.survivors:
        print(survivor)
    print(report.line(time.monotonic() - began))
    return int(not report.holds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
