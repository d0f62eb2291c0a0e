"""The deployed stack for every test here.

`make test` sets EASEL_LOCAL_STACK to the file that describes the stack it deployed on this machine. `make verify` sets
EASEL_URL, EASEL_STAGE and EASEL_LIMIT (dollars) for a stage in the AWS account that boto3's credentials lead to.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import Emulated
from local.issuer import Issuer
from local.places import Places
from local.stacktests import TRUSTED
from ops.deployed import Deployed, deployed_stage
from tests.stack.scripts import Faults, StandIn
from tests.stack.stack import OnThisMachine, Stack, purse


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a stack test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("stack")


@pytest.fixture(scope="session")
def _deployed_stack() -> Iterator[Stack]:
    if "EASEL_LOCAL_STACK" in os.environ:
        made = _on_this_machine(json.loads(Path(os.environ["EASEL_LOCAL_STACK"]).read_text()))
    elif "EASEL_URL" in os.environ:
        made = _anywhere(os.environ["EASEL_URL"], os.environ["EASEL_STAGE"], float(os.environ["EASEL_LIMIT"]))
    else:
        pytest.skip("no stack: run `make test`, or `make verify URL=… STAGE=…`")
    yield made
    made.close()


@pytest.fixture
def stack(_deployed_stack: Stack, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The stack, calm: no fault armed, no script left over. What the test spent goes into the report."""
    _deployed_stack.calm()
    yield _deployed_stack
    _deployed_stack.calm()
    request.node.user_properties.append(("dollars", _deployed_stack.count()))


def _on_this_machine(described: dict[str, Any]) -> Stack:
    ports, stage = described["ports"], described["stage"]
    certificate = os.environ.get(TRUSTED)
    emulated = Emulated(ports["emulator"], Path(certificate) if certificate else None)
    deployed = Deployed(stage, emulated.client)
    issuer = Issuer.kept_in(Places(stage).file("issuer.json"), address=described["url"])
    return Stack(
        url=described["url"],
        stage=stage,
        deployed=deployed,
        purse=purse(deployed, None),
        local=OnThisMachine(
            token=issuer.token,
            faults=Faults(emulated.url),
            first=StandIn(f"http://127.0.0.1:{ports['first']}"),
            second=StandIn(f"http://127.0.0.1:{ports['second']}"),
        ),
    )


def _anywhere(url: str, stage: str, limit: float) -> Stack:
    deployed = deployed_stage(stage)
    return Stack(url=url.rstrip("/"), stage=stage, deployed=deployed, purse=purse(deployed, limit))
