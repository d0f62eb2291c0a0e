"""Many invocations at once in an order drawn by lot: each stops at its calls, and anyone may go next."""

import random
from collections.abc import Sequence

from tests.simulation.aws.actors import Actor
from tests.simulation.aws.region import Region
from tests.simulation.interleavings import Stopping


def mix(region: Region, actors: Sequence[Actor], lot: random.Random) -> None:
    """Let all of them run to their end, call by call, in any order; time stands still."""
    region.director = Stopping()
    region.ready.clear()
    waiting = list(actors)
    while waiting:
        at = lot.randrange(len(waiting))
        region.step(waiting[at])
        if waiting[at].done:
            waiting[at] = waiting[-1]
            waiting.pop()
