"""The auditor reads page by page, and twice where the ledger moved meanwhile."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from easel.aws.dynamodb import Database
from easel.aws.rows import Item
from easel.credits.audit import Finding
from easel.credits.ledger_audit import Books
from tests.support.world import ANN, World


class Watched(Database):
    """Reads one row a page, and has something happen before its first query."""

    def __init__(self, world: World, before: Callable[[], object] = lambda: None) -> None:
        super().__init__(world.dynamodb, world.clock)
        self.before = before
        self.gets = 0
        self.queries = 0

    def get(self, table: str, pk: str, sk: str) -> Item | None:
        self.gets += 1
        return super().get(table, pk, sk)

    def query(
        self, table: str, condition: str, values: Mapping[str, Any], **options: Any
    ) -> tuple[list[Item], Item | None]:
        assert options["ConsistentRead"] is True
        if self.queries == 0:
            self.before()
        self.queries += 1
        return super().query(table, condition, values, Limit=1, **options)


class Pieces(Watched):
    """Hands out an owner's rows in two pieces, another's between them."""

    def scan(self, table: str, **options: Any) -> Iterator[list[Item]]:
        rows = [row for page in super().scan(table, **options) for row in page]
        yield [row for row in rows if not row["sk"].startswith("key#")]
        yield [{"pk": "user:local:zoe", "sk": "key#x"}]
        yield [row for row in rows if row["sk"].startswith("key#")]


def test_every_page_of_a_ledger_is_read_in_order(quick_world: World) -> None:
    for amount in (1, 2):
        quick_world.give(amount=amount)

    assert [entry.seq for entry in Books(Watched(quick_world), "credits").entries(ANN.owner)] == [1, 2, 3]


def test_whoever_looks_right_in_passing_is_not_read_again(quick_world: World) -> None:
    database = Watched(quick_world)

    assert dict(Books(database, "credits").check_all()) == {ANN.owner: None}
    assert (database.gets, database.queries) == (0, 0)


def test_an_owner_who_comes_in_two_pieces_is_read_again_alone(quick_world: World) -> None:
    database = Pieces(quick_world)

    assert [owner for owner, _ in Books(database, "credits").check_all()] == [ANN.owner, "user:local:zoe", ANN.owner]
    assert database.gets == 2  # Ann's balance, before and after, and nobody else's


def test_a_ledger_that_moved_while_it_was_read_is_read_again(quick_world: World) -> None:
    database = Watched(quick_world, before=lambda: quick_world.give(amount=7))

    assert Books(database, "credits").check(ANN.owner) is None
    assert database.gets == 4


def test_a_ledger_found_right_is_not_read_again_though_it_moved_since(quick_world: World) -> None:
    class MovesAfter(Watched):
        def get(self, table: str, pk: str, sk: str) -> Item | None:
            if self.gets == 1:
                quick_world.give(amount=7)
            return super().get(table, pk, sk)

    database = MovesAfter(quick_world)

    assert Books(database, "credits").check(ANN.owner) is None
    assert database.gets == 2


def test_a_balance_put_back_to_before_its_last_entries_is_noticed(quick_world: World) -> None:
    key = {"pk": {"S": ANN.owner}, "sk": {"S": "balance"}}
    before = quick_world.dynamodb.get_item(TableName="credits", Key=key)["Item"]
    for amount in (1, 2, 3):
        quick_world.give(amount=amount)
    quick_world.dynamodb.put_item(TableName="credits", Item=before)

    finding = Books(quick_world.database, "credits").check(ANN.owner)

    assert finding is not None
    assert (finding.owner, finding.seq) == (ANN.owner, 3)
    assert isinstance(finding, Finding)
