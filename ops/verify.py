"""Runs the stack tests against a deployed stage, for a limited sum, and writes what came of it to out/verify.json.

It needs AWS credentials that may read the stage's SSM parameters, invoke its functions and write its table of keys;
the callers it makes are new, get just the credits they need, and their keys are revoked at the end.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "out" / "verify.json"


@dataclass
class Report:
    """What each test came to, and what it spent by its own account (`user_properties`)."""

    tests: list[dict[str, Any]] = field(default_factory=list)
    spent: float = 0.0

    def pytest_runtest_logreport(self, report: "pytest.TestReport") -> None:
        """Called by pytest after each part of a test."""
        if report.when == "teardown":
            self.spent += float(dict(report.user_properties).get("dollars", 0))  # type: ignore[arg-type]
        if report.when == "call" or report.outcome != "passed":
            test = {"test": report.nodeid, "outcome": report.outcome, "seconds": round(report.duration, 2)}
            self.tests.append(test | ({"why": str(report.longrepr)[-1000:]} if report.outcome != "passed" else {}))


def main(words: Sequence[str] | None = None) -> int:
    """Run, report, and end as pytest does."""
    options = argparse.ArgumentParser(prog="ops.verify", description=__doc__)
    options.add_argument("--url", required=True, help="the stage's public address")
    options.add_argument("--stage", required=True)
    options.add_argument("--limit", type=float, default=1.0, help="dollars")
    options.add_argument("--report", type=Path, default=REPORT, help="where the report is written")
    chosen = options.parse_args(words)
    if not chosen.url.startswith(("http://", "https://")):
        options.error("--url: give the stage's public address: make verify URL=https://… STAGE=…")
    import pytest  # which only running the tests needs, and `--help` does not

    os.environ |= {"EASEL_URL": chosen.url, "EASEL_STAGE": chosen.stage, "EASEL_LIMIT": str(chosen.limit)}
    report, started = Report(), time.time()
    code = pytest.main([str(ROOT / "tests" / "stack"), "-m", "stack and not stand_ins"], plugins=[report])
    chosen.report.parent.mkdir(exist_ok=True)
    told = {
        "url": chosen.url,
        "stage": chosen.stage,
        "startedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 1),
        "limitDollars": chosen.limit,
        "spentDollarsAtMost": round(report.spent, 4),
        "passed": sum(test["outcome"] == "passed" for test in report.tests),
        "tests": report.tests,
    }
    chosen.report.write_text(json.dumps(told, indent=2) + "\n")
    print(f"\nreport: {os.path.relpath(chosen.report)}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
