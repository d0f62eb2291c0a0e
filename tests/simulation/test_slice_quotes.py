"""A slice of the proof that a price told beforehand holds."""

import pytest

from tests.simulation.quotes import REACHED, sold


def test_a_start_holds_what_was_quoted_and_is_never_charged_more() -> None:
    figures = sold(60)

    assert not figures.violations
    assert not [state for state in REACHED if not figures.reached[state]]


def test_a_quote_of_the_named_model_alone_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SABOTAGE", "1")

    assert sold(25).violations
