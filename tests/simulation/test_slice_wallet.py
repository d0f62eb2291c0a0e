"""A slice of the proof that the cap holds under siege."""

import pytest

from tests.simulation.wallet import REACHED, besieged


def test_the_cap_holds_and_who_pays_is_served_while_others_attack() -> None:
    figures, wallet = besieged(0.02)

    assert not figures.violations
    assert wallet.share("paying") >= 0.99
    assert not [state for state in REACHED if not figures.reached[state]]


def test_a_budget_that_looks_before_it_reserves_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SABOTAGE", "1")

    figures, _ = besieged(0.02)

    assert figures.violations
