import pytest

from tests.adversarial import fuzz
from tests.adversarial.bounded_work import work
from tests.support.report import Figures
from tests.support.work import HEAVY


@pytest.fixture(autouse=True)
def _slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.01")
    monkeypatch.setenv("INPROCESS", "1")
    monkeypatch.setattr(fuzz, "ODD", fuzz.ODD[::6])
    monkeypatch.setattr(fuzz, "BROKEN", fuzz.BROKEN[::6])
    monkeypatch.setattr(fuzz, "HEAVY", dict(list(HEAVY.items())[::6]))


def test_a_slice_of_the_proof_holds() -> None:
    assert fuzz.main() == 0


def test_the_proof_finds_a_seeded_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SABOTAGE", "1")

    assert fuzz.main() == 1


def test_the_proof_finds_work_without_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SABOTAGE", "1")
    figures = Figures()

    work(figures, {"empty references": HEAVY["empty references"]})

    assert any("more work" in what for what in figures.violations)
