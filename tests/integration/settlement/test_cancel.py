"""A cancel while a call is in flight."""

from easel.jobs.model import Status
from easel.providers.errors import ProviderUnavailable
from easel.providers.protocol import Made, Order
from tests.support.world import ANN, World


def test_no_further_attempt_begins_after_a_cancel(world: World) -> None:
    job_id = world.begin().job.id

    def fails_after_the_cancel(_order: Order) -> Made:
        world.cancel(job_id, caller=ANN)
        raise ProviderUnavailable("down")

    world.providers["openai"].script = [fails_after_the_cancel]

    job = world.run(job_id)

    assert job.status is Status.CANCELED
    assert [len(provider.orders) for provider in world.providers.values()] == [1, 0]
    assert world.available() == 100
