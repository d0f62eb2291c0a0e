"""Canaries, for a moment."""

from tests.support.proofs import prove


def test_no_canary_is_found_in_a_slice() -> None:
    status, figures = prove("taint", SCALE="0.08")

    assert (status, figures["violations"]) == (0, 0)


def test_a_hand_that_raises_what_it_was_given_is_found_out() -> None:
    status, _ = prove("taint", SCALE="0.02", SABOTAGE="1")

    assert status == 1
