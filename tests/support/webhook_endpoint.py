"""A fixture of tests about webhooks: an endpoint of Ann's."""

import pytest

from easel.webhooks.model import Endpoint
from easel.webhooks.requests import WebhookRequest
from tests.support.receiver import URL
from tests.support.world import ANN, World


@pytest.fixture
def endpoint(quick_world: World) -> Endpoint:
    """Ann's, which is told of everything."""
    made = quick_world.endpoints.create(WebhookRequest.model_validate({"url": URL}), caller=ANN).endpoint
    quick_world.clock.forward(1)
    return made
