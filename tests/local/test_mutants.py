"""`make mutants` notices what tests do not, in a package of three rules."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutants.listed import load
from tools.mutants.places import mutants

RULES = '''
"""Rules."""

from functools import cache
from typing import Annotated

MOST = 3


def allowed(count: int) -> bool:
    """Whether so many are allowed."""
    if count < 0:
        raise ValueError("a count cannot be below zero")
    return count <= MOST


class Price:
    def __init__(self, net: int) -> None:
        self.net = net

    @property
    def gross(self) -> int:
        return self.net + 2


@cache
def rate() -> int:
    return 7
'''
STRONG = """
import pytest
from rules import Price, allowed, rate


def test_allowed():
    assert [allowed(count) for count in (0, 1, 3, 4)] == [True, True, True, False]
    with pytest.raises(ValueError, match="below zero"):
        allowed(-1)


def test_price():
    assert Price(3).gross == 5
    assert rate() == 7
"""
WEAK = STRONG.replace("(0, 1, 3, 4)] == [True, True, True, False]", "(0, 1)] == [True, True]").replace("== 5", "> 1")
LISTED = """
[[sample]]
file = "rules.py"
where = "allowed"
change = ["count <= MOST -> count < MOST"]
reason = "nobody asks at the bound"
"""
PROGRAM = """
import sys
from pathlib import Path
from tools.mutants.__main__ import run
from tools.mutants.listed import load
here = Path(sys.argv[1])
report = run("sample", [here / "rules.py"], [here / "test_rules.py"], load("sample", here / "listed.toml"))
print("\\n".join([*report.survivors, *report.gone, report.line(0)]))
sys.exit(not report.holds)
"""


def tried(folder: Path, tests: str, listed: str = "") -> tuple[int, list[str]]:
    """The status of the tool on the sample with these tests, and what it printed."""
    for name, text in (("rules.py", RULES), ("test_rules.py", tests), ("listed.toml", listed)):
        (folder / name).write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = --import-mode=importlib\n")
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)], capture_output=True, text=True, timeout=120, check=False
    )
    return told.returncode, [line for line in told.stdout.splitlines() if line]


def test_tests_that_notice_everything_are_enough(tmp_path: Path) -> None:
    status, [summary] = tried(tmp_path, STRONG)

    assert status == 0
    said = json.loads(summary)
    assert said == {**said, "survived": 0, "listed": 0, "percent": 100.0, "killed": said["mutants"]}


def test_a_bug_in_a_bound_a_constant_or_a_property_that_no_test_notices_is_named(tmp_path: Path) -> None:
    status, told = tried(tmp_path, WEAK)

    assert status == 1
    changes = [line.partition(": ")[2] for line in told[:-1]]
    assert "allowed: count <= MOST -> count < MOST" in changes
    assert "module: 3 -> 4" in changes
    assert "Price.gross: self.net + 2 -> self.net - 2" not in changes  # 1 is noticed
    assert "Price.gross: 2 -> 3" in changes
    assert json.loads(told[-1])["survived"] == len(changes)


def test_a_survivor_with_a_reason_is_no_offence_and_an_entry_that_fits_nothing_is(tmp_path: Path) -> None:
    weak = STRONG.replace("(0, 1, 3, 4)] == [True, True, True, False]", "(0, 4)] == [True, False]")
    weak = weak.replace("with", "assert allowed(2)\n    with")

    status, told = tried(tmp_path, weak, LISTED + LISTED.replace("count < MOST", "count == MOST"))

    assert status == 1
    assert "rules.py · allowed · count <= MOST -> count == MOST" in told
    assert not any("count <= MOST -> count < MOST" in line for line in told)
    assert json.loads(told[-1])["listed"] == 1


def test_an_entry_without_a_reason_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "listed.toml"
    file.write_text(LISTED.replace("nobody asks at the bound", " "))

    with pytest.raises(ValueError, match="has no reason"):
        load("sample", file)


def test_wording_documentation_logs_and_types_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "quiet.py"
    file.write_text(
        '"""Prose of a module."""\n'
        "from typing import Annotated, Literal\n"
        "Kind = Literal['paid', 'free']\n"
        "def told(kind: Literal['a', 'b'], log) -> str | None:\n"
        '    """Says it."""\n'
        "    log.info('something happened', extra={'kind': kind})\n"
        "    raise ValueError(f'{kind} is none of ours')\n"
    )

    assert [mutant.change[-7:] for mutant in mutants(file)] == ["-> pass"]


def test_the_bounds_of_a_field_are_behaviour(tmp_path: Path) -> None:
    file = tmp_path / "fields.py"
    file.write_text("class Ask(Body):\n    amount: Annotated[int, Field(ge=1, description='How many there are')]\n")

    assert [mutant.change for mutant in mutants(file)] == [
        "Field(ge=1, description='How many there are') -> Field(description='How many there are')",
        "1 -> 2",
    ]
