"""For tests about webhooks: an endpoint of Ann's, jobs that have ended, and what is on its way of them."""

from typing import Any

import pytest

from easel.jobs.model import Job
from easel.webhooks.announce import event_of
from easel.webhooks.model import Delivery, Endpoint
from easel.webhooks.requests import WebhookRequest
from tests.support.receiver import URL
from tests.support.world import ANN, World


@pytest.fixture
def endpoint(quick_world: World) -> Endpoint:
    """Ann's, which is told of everything."""
    made = quick_world.endpoints.create(WebhookRequest.model_validate({"url": URL}), caller=ANN).endpoint
    quick_world.clock.forward(1)
    return made


def ended(world: World, **fields: Any) -> Job:
    """A job that was run to its end."""
    return world.run(world.begin(**fields).job.id)


def delivery(world: World, job: Job, endpoint_id: str) -> Delivery:
    """What an endpoint is told of it."""
    found = world.webhooks.delivery(job.owner, endpoint_id, event_of(job).id)
    assert found
    return found
