import pytest

from tests.adversarial import browser


@pytest.fixture(autouse=True)
def _slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.03")
    monkeypatch.setattr(browser, "alone", lambda figures: figures.reached.update({"answers of the gateway alone": 1}))


def test_a_slice_of_the_proof_holds() -> None:
    assert browser.main() == 0


def test_the_proof_finds_a_seeded_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SABOTAGE", "1")

    assert browser.main() == 1
