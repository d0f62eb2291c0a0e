import pytest

from tests.adversarial import fuzz


@pytest.fixture(autouse=True)
def _slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.01")
    monkeypatch.setenv("INPROCESS", "1")
    monkeypatch.setattr(fuzz, "ODD", fuzz.ODD[::6])
    monkeypatch.setattr(fuzz, "BROKEN", fuzz.BROKEN[::6])


def test_a_slice_of_the_proof_holds() -> None:
    assert fuzz.main() == 0


def test_the_proof_finds_a_seeded_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SABOTAGE", "1")

    assert fuzz.main() == 1
