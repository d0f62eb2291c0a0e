"""Puts rows written by commit 1a88f3c into a world, and says whether what came of them is in order."""

import base64
import json
from pathlib import Path
from typing import Any

from easel.credits.ledger_audit import Books
from easel.jobs.model import Job, Status
from ops.ledger import verify
from tests.support.world import ANN, World

ROWS = Path(__file__).parent / "rows"
STATES = sorted(path.stem for path in ROWS.glob("*.json"))


def stored(world: World, state: str) -> list[str]:
    """The ids of the stored jobs, once the world holds these rows and objects and nothing else."""
    kept: dict[str, Any] = json.loads((ROWS / f"{state}.json").read_text())
    for table, rows in kept["tables"].items():
        for row in world.dynamodb.scan(TableName=table)["Items"]:
            world.dynamodb.delete_item(TableName=table, Key={name: row[name] for name in ("pk", "sk")})
        for row in rows:
            world.dynamodb.put_item(TableName=table, Item=row)
    for one in kept["objects"]:
        body = base64.b64decode(one["body"])
        world.s3.put_object(
            Bucket="assets", Key=one["key"], Body=body, ContentType=one["type"], Metadata=one["metadata"]
        )
    world.clock.forward((kept["now"] - world.clock.now()) / 1000)
    return list(kept["jobs"])


def orders(world: World) -> int:
    """How often any provider was asked for images since the rows were loaded."""
    return sum(len(provider.orders) for provider in world.providers.values())


def assert_finished(world: World, job: Job, *, charged: int, available: int) -> None:
    """The job succeeded, and everybody's books are closed and in order."""
    assert (job.status, job.charged) == (Status.SUCCEEDED, charged)
    assert_books(world, available=available)


def assert_books(world: World, *, available: int) -> None:
    """Nothing is held or reserved any longer, and every ledger verifies from its first entry."""
    balance = world.accounts.balance(ANN.owner)
    assert (balance.available, balance.held, balance.in_flight) == (available, 0, 0)
    assert world.budget_folds()
    assert_ledgers_verify(world)


def assert_ledgers_verify(world: World) -> None:
    """Ann's ledger was read, and no row of it or of another's is wrong."""
    books = Books(world.database, "credits")
    assert ANN.owner in dict(books.check_all())
    assert verify(books)[1] == []
