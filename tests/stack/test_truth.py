"""The truth table, held against the emulator; what it is known to do otherwise than AWS is pinned."""

import secrets
from typing import Any

import pytest

from tests.simulation.aws.deviations import EMULATOR
from tests.simulation.aws.services import made_in
from tests.simulation.aws.truth import CLAIMS, Services
from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins  # it makes a table, a bucket and a machine: on this machine only
_made: dict[int, Any] = {}


@pytest.fixture
def emulator(stack: Stack) -> Services:
    if id(stack) not in _made:
        _made[id(stack)] = made_in(stack.aws, f"truth-{secrets.token_hex(4)}")
    made: Services = _made[id(stack)]
    return made


@pytest.mark.parametrize("name", [name for name, claim in CLAIMS.items() if not claim.needs_time])
def test_the_emulator_does_what_aws_does_but_for_known_deviations(
    emulator: Services, name: str, request: pytest.FixtureRequest
) -> None:
    if name in EMULATOR:
        request.applymarker(pytest.mark.xfail(reason=EMULATOR[name], strict=True))
    CLAIMS[name].see(emulator)
