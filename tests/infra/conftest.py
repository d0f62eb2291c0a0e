"""Templates, made once for all tests: of the real app's stack, around empty layers."""

from collections.abc import Callable

import pytest

from infra import stages
from tests.support.stage_templates import prod, read_stage
from tests.support.templates import Reading

__all__ = ["dev", "local", "prod", "read_stage"]


@pytest.fixture(scope="session")
def dev(read_stage: Callable[[stages.Stage], Reading]) -> Reading:
    return read_stage(stages.load("dev"))


@pytest.fixture(scope="session")
def local(read_stage: Callable[[stages.Stage], Reading]) -> Reading:
    return read_stage(stages.load("local"))
