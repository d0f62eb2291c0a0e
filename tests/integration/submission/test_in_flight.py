"""How many unfinished jobs a person and a service may have."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from easel.errors import TooManyJobsInFlight
from easel.identity.callers import Caller
from tests.support.moto_world import a_world
from tests.support.world import ANN, World

SHOP = replace(ANN, owner="service:shop")


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as found:
        yield found.allowing(jobs_in_flight=2, service_jobs_in_flight=4)


@pytest.mark.parametrize(("caller", "most"), [(ANN, 2), (SHOP, 4)])
def test_a_service_may_have_more_unfinished_jobs_than_a_person(world: World, caller: Caller, most: int) -> None:
    world.give(caller, 100)
    for _ in range(most):
        world.begin(caller)

    with pytest.raises(TooManyJobsInFlight, match=f"{most} are allowed") as refused:
        world.begin(caller)

    assert refused.value.retry_after_seconds == 10
