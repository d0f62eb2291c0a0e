"""Which checks run, that one that hangs or breaks keeps no other from its answer, and how the command ends."""

import threading
from typing import Any

import pytest

from ops.commands import doctor
from ops.doctor import run
from ops.doctor.model import Check, Finding, Verdict, passed
from ops.doctor.reader import Once
from ops.errors import WrongUse
from tests.support.operator import easel
from tests.support.well_stage import changed, facts_of, reading


def ids(**asked: Any) -> set[str]:
    usual: dict[str, Any] = {"only": (), "skip": (), "after": True, "offline": False}
    return {check.id for check in run.chosen(**{**usual, **asked})}


def test_before_a_deployment_nothing_is_asked_of_a_stage() -> None:
    assert {"tools", "account", "caps"} <= ids(after=False) < ids()
    assert not {"web", "ledger", "provider-keys"} & ids(after=False)


def test_offline_asks_no_provider() -> None:
    assert ids() - ids(offline=True) == {"reachable", "keys-accepted", "models-listed", "verification", "moderation"}


def test_checks_are_chosen_and_left_out_by_their_ids() -> None:
    assert ids(only=("caps", "clock", "caps")) == {"caps", "clock"}
    assert "caps" not in ids(skip=("caps",))
    with pytest.raises(WrongUse, match="there is no check clok; there is tools, git"):
        ids(only=("clok",))


def test_one_that_hangs_could_not_know_and_keeps_nobody_waiting() -> None:
    never = threading.Event()

    def hang() -> Finding:
        never.wait()
        return passed("no")

    hanging = Check("hanging", (), hang)
    quick = Check("quick", (), lambda: passed("yes"))

    report = run.examine([hanging, quick], reading({}), seconds=0.2)

    assert report.findings["hanging"].verdict is Verdict.UNKNOWN
    assert report.findings["quick"].verdict is Verdict.PASS
    never.set()


def test_one_that_breaks_says_so_and_is_no_stack_trace() -> None:
    report = run.examine([Check("broken", ("absent",), passed)], reading({}))

    assert report.findings["broken"].verdict is Verdict.UNKNOWN
    assert "KeyError" in report.findings["broken"].sentence


def test_a_fact_that_several_checks_want_is_read_once_also_where_reading_it_fails() -> None:
    read: list[str] = []

    class Facts:
        def facts(self) -> dict[str, Any]:
            return {"good": self.good, "bad": self.bad}

        def good(self) -> int:
            read.append("good")
            return 7

        def bad(self) -> int:
            read.append("bad")
            raise ValueError("no")

    once = Once(Facts())
    assert (once("good"), once("good")) == (7, 7)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            once("bad")
    assert read == ["good", "bad"]


def examined(monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], *words: str) -> Any:
    monkeypatch.setattr(doctor, "reader_of", lambda operator, spend: reading(facts))
    return easel(object(), "doctor", "--stage", "prod", *words)


def test_the_command_ends_with_ready_or_with_not_ready_and_1(monkeypatch: pytest.MonkeyPatch) -> None:
    well = facts_of()
    ran = examined(monkeypatch, well)
    assert (ran.code, ran.out.splitlines()[-1][:6]) == (0, "READY:")

    wrong = examined(monkeypatch, changed(well, "identity", account="9" * 12))
    assert wrong.code == 1
    assert wrong.out.splitlines()[-1].startswith("NOT READY: ")
    assert "1 fail" in wrong.out.splitlines()[-1]
    assert "remedy: export AWS_PROFILE" in wrong.out

    assert examined(monkeypatch, changed(well, "identity", account="9" * 12), "--skip", "account").code == 0


def test_with_json_the_report_is_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    told = examined(monkeypatch, facts_of(), "--json").answer

    assert told["ready"] is True
    assert {check["id"] for check in told["checks"]} == {check.id for check in run.CHECKS}
    assert told["counts"]["pass"] == len(run.CHECKS)


def test_a_stage_that_is_not_there_yet_is_examined_by_its_first_half_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = changed(facts_of(), "deployment", stack=None)

    ran = examined(monkeypatch, facts, "--json")

    assert ran.code == 0
    assert ran.answer["deployed"] is False
    assert "web" not in {check["id"] for check in ran.answer["checks"]}
    assert examined(monkeypatch, facts, "--after").code == 1
