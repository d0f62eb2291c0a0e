"""The doors of starting and looking, opened upon a world's use cases."""

from api import start, status

from easel.http.gateway import Gate
from tests.support.world import World


def open_doors(world: World, gate: Gate) -> None:
    """Let `api.start` and `api.status` serve this world until others are put in its place."""
    start.door.deps = lambda: start.StartDeps(
        gate=gate,
        start=world.start,
        quote=world.quote,
        generate=world.generate,
        cancel=world.cancel,
        star=world.star,
        shares=world.shares,
        status=world.status,
        uploads=world.uploads,
        erase=world.eraser,
        forget=world.forget,
        endpoints=world.endpoints,
        deliveries=world.deliveries,
    )
    status.door.deps = lambda: status.StatusDeps(
        gate=gate,
        status=world.status,
        watch=world.watch,
        watch_page=world.watch_page,
        open_share=world.open_share,
        watch_many=world.watch_many,
        accounts=world.accounts,
    )
