"""What all tests share: credentials that lead nowhere, and a world on demand.

Each fixture imports what it needs: a file of quick tests loads no more than it uses.
"""

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.doors import Asked
    from tests.support.world import World


@pytest.fixture(autouse=True)
def _no_real_account(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("stack"):
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@pytest.fixture(autouse=True)
def _all_shards() -> Iterator[None]:
    """A stage in virtual time has fewer shards, for the whole process: the next test has them all again."""
    yield
    if stage := sys.modules.get("tests.simulation.stage"):
        stage.all_shards()


@pytest.fixture
def world() -> "Iterator[World]":
    """On moto; `make mutants` runs the same tests thousands of times, on the simulation's double."""
    if os.environ.get("EASEL_WORLD") == "double":
        from tests.support.quick_world import a_quick_world as make
    else:
        from tests.support.moto_world import a_world as make
    with make() as made:
        yield made


@pytest.fixture
def quick_world() -> "Iterator[World]":
    """A world for quick tests: its tables are the simulation's."""
    from tests.support.quick_world import a_quick_world

    with a_quick_world() as made:
        yield made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> "Asked":
    """Doors with use cases that only remember what they were asked."""
    from api import credits, generate, meta, openai, session, start, status

    from tests.support.doors import Asked

    use_cases = Asked()
    for door in (generate, start, status, credits, session, openai, meta):
        monkeypatch.setattr(door.door, "deps", use_cases.deps)
    return use_cases
