"""Templates of stages as an operator deploys them."""

from collections.abc import Callable

import pytest

from infra import stages
from tests.support.assembly import reader
from tests.support.templates import Reading


@pytest.fixture(scope="session")
def read_stage(tmp_path_factory: pytest.TempPathFactory) -> Callable[[stages.Stage], Reading]:
    """A stage's template, ready to be asked."""
    return reader(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def prod(read_stage: Callable[[stages.Stage], Reading]) -> Reading:
    return read_stage(stages.load("prod"))
