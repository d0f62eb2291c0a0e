"""A world whose tables and buckets are the simulation's: a test takes hundredths of a second, where moto takes one.

The double is held to Amazon's own DynamoDB by `tests/simulation/test_truth.py`. Requests are still botocore's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.simulation.aws.region import Region
from tests.simulation.aws.replies import Call, Reply
from tests.simulation.aws.tables import Schema, Table
from tests.simulation.aws.wire import line
from tests.simulation.stage import JOBS
from tests.support.fakes import NOON
from tests.support.world import World


@contextmanager
def a_quick_world(**options: Any) -> Iterator[World]:
    """A world with Ann's hundred credits, in memory. One at a time: all lead to the same clients."""
    tables = {"jobs": Table(JOBS), **{name: Table(Schema()) for name in ("credits", "limits", "keys")}}
    region = Region(tables, buckets=("assets",), now=NOON)
    clients = line()
    clients.handler = lambda call: _of_buckets(region, call) or region.handle(call)
    clients.gate = lambda make: make()
    world = World(clients.dynamodb, clients.s3, clients.s3_unsigned, **options)
    world.give()
    yield world


def _of_buckets(region: Region, call: Call) -> Reply | None:
    """What tests set up themselves: the double's buckets have versions always, and are there or not."""
    if call.operation == "CreateBucket":
        region.s3.buckets = (*region.s3.buckets, call.params["Bucket"])
    return Reply(b"") if call.operation in {"CreateBucket", "PutBucketVersioning"} else None
