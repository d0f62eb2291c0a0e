"""A slice of `make prove WHAT=providers`: every adapter through its real SDK, the scenarios that take little time."""

from collections.abc import Iterator

import pytest

from local.standins.server import Server
from tests.adversarial.provider_scenarios import SCENARIOS
from tests.adversarial.provider_wires import SETUPS, Setup, a_server
from tests.adversarial.providers import broken_build, tried

CHOSEN = (
    *("success", "edit_one_reference", "refusal", "refusal_as_200", "busy", "edge_error", "quota", "bad_key", "reset"),
    *("empty", "garbage", "corrupt", "previews", "midstream_error", "midstream_refusal", "torn_stream"),
)
QUICK = [(setup, name) for setup in SETUPS for name in CHOSEN if name not in setup.lacks]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server() as started:
        yield started


@pytest.mark.parametrize(("setup", "scenario"), QUICK, ids=[f"{setup.name}-{name}" for setup, name in QUICK])
def test_each_adapter_keeps_the_contract(server: Server, setup: Setup, scenario: str) -> None:
    broken, _ = tried(setup, scenario, server)

    assert broken == []


@pytest.mark.parametrize("setup", SETUPS, ids=[setup.name for setup in SETUPS])
def test_an_adapter_that_asks_again_is_caught(server: Server, setup: Setup) -> None:
    broken, _ = tried(setup, "reset", server, build=broken_build)

    assert "2 requests instead of 1" in broken


def test_what_a_wire_cannot_have_is_said_and_is_a_scenario() -> None:
    for setup in SETUPS:
        assert set(setup.lacks) <= set(SCENARIOS)
        assert all(setup.lacks.values())
