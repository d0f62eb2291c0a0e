"""The real doors behind a socket, over a world of fakes: what clients and samples talk to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.adversarial.http_server import served
from tests.interface.scenes import a_stage, finished
from tests.support.gateway import Gateway
from tests.support.world import World


class Shop(NamedTuple):
    """Where the doors are, and the token of somebody with credits."""

    world: World
    address: str
    token: str


@contextmanager
def a_shop() -> Iterator[Shop]:
    """Open while inside; while a long poll waits, the workflow goes on."""
    with a_stage() as world:
        doors = Gateway(world)
        world.clock.on_sleep = lambda: finished(world)
        with served(doors) as address:
            yield Shop(world, address, doors.token("ann"))
