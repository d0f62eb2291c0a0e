"""The auditor reads what the use cases wrote, and finds what was changed behind their back."""

from collections.abc import Iterator
from typing import Any

import pytest

from easel.aws.dynamodb import Database
from easel.aws.rows import Item
from easel.credits.ledger_audit import Books
from ops.ledger import verify
from tests.support.world import ANN, BOB, World


@pytest.fixture
def books(world: World) -> Books:
    world.give(BOB)
    for caller in (ANN, BOB):
        world.run(world.begin(caller=caller).job.id)
    return Books(world.database, "credits")


def test_every_owners_ledger_verifies(books: Books) -> None:
    assert verify(books) == (2, [])


def change(world: World, sort: str, **fields: Any) -> None:
    key = {"pk": {"S": ANN.owner}, "sk": {"S": sort}}
    row = world.dynamodb.get_item(TableName="credits", Key=key)["Item"]
    world.dynamodb.put_item(TableName="credits", Item={**row, **fields})


def test_an_edited_entry_is_named(world: World, books: Books) -> None:
    change(world, "entry#000000000002", at={"N": "1"})

    read, [finding] = verify(books)

    assert (read, finding.owner, finding.seq) == (2, ANN.owner, 2)


def test_a_balance_made_richer_is_named(world: World, books: Books) -> None:
    change(world, "balance", available={"N": "1000000"})

    _, [finding] = verify(books, ANN.owner)

    assert finding.seq == 0


@pytest.mark.parametrize("sort", ["balance", "entry#000000000001", "entry#000000000003"])
def test_a_deleted_row_is_noticed(world: World, books: Books, sort: str) -> None:
    world.dynamodb.delete_item(TableName="credits", Key={"pk": {"S": ANN.owner}, "sk": {"S": sort}})

    _, findings = verify(books)

    assert [finding.owner for finding in findings] == [ANN.owner]


def test_a_row_put_in_between_is_noticed(world: World, books: Books) -> None:
    key = {"pk": {"S": ANN.owner}, "sk": {"S": "entry#000000000002"}}
    row = world.dynamodb.get_item(TableName="credits", Key=key)["Item"]
    world.dynamodb.put_item(TableName="credits", Item={**row, "sk": {"S": "entry#000000000002a"}})

    _, [finding] = verify(books)

    assert finding.owner == ANN.owner


def test_a_ledger_that_comes_in_pieces_is_read_again_before_it_is_blamed(world: World, books: Books) -> None:
    class InPieces(Database):
        def scan(self, table: str, **options: Any) -> Iterator[list[Item]]:
            rows = [row for page in super().scan(table, **options) for row in page]
            yield rows[1:]
            yield rows[:1]

    assert verify(Books(InPieces(world.dynamodb, world.clock), "credits")) == (2, [])
    assert books.check(ANN.owner) is None
