"""The guarded fetch, for a moment."""

from tests.support.proofs import prove


def test_a_slice_opens_no_socket_inwards_and_refuses_nothing_public() -> None:
    status, figures = prove("ssrf", SCALE="0.01")

    assert (status, figures["inward_connects"], figures["false_refusals"]) == (0, 0, 0)


def test_a_name_looked_up_twice_is_found_out() -> None:
    status, figures = prove("ssrf", SCALE="0.01", SABOTAGE="1")

    assert status == 1
    assert figures["inward_connects"] > 0
