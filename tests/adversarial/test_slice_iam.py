"""Rights granted and rights used: the stage as it is shipped, and two rights put wrong."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.proofs import prove

Proved = tuple[int, dict[str, Any]]


@pytest.fixture(scope="module")
def proved() -> tuple[Proved, Proved]:
    """The proof as it is, and sabotaged; at the same time, since each waits for CDK."""
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(prove, "iam", SCALE="0.1", SABOTAGE=sabotage) for sabotage in ("0", "1")]
    return both[0].result(), both[1].result()


def test_each_function_may_do_what_it_does_and_nothing_else(proved: tuple[Proved, Proved]) -> None:
    status, figures = proved[0]

    assert (status, figures["violations"]) == (0, 0)
    assert figures["granted"] > 50
    assert figures["wildcard_actions"] == 0


def test_a_right_too_many_and_a_right_too_few_are_found_out(proved: tuple[Proved, Proved]) -> None:
    status, figures = proved[1]

    assert status == 1
    assert figures["unused"] == 1
    assert figures["missing"] > 0
