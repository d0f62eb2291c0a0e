"""The rows of the ledger as they are written and read."""

from collections.abc import Mapping
from typing import Any

import pytest

from easel.aws.dynamodb import ConditionFailed, Database
from easel.aws.rows import Item
from easel.credits.ledger import Ledger
from easel.credits.model import GENESIS, Balance
from easel.credits.movement import Movement, still
from tests.support.builders import a_balance, a_gift, a_hold
from tests.support.fakes import NOON, FakeClock
from tests.support.world import ANN, World

ABSENT = "attribute_not_exists(pk)"


class Listening(Database):
    """Remembers how it was queried, and has nothing."""

    def __init__(self) -> None:
        super().__init__(None, FakeClock())  # type: ignore[arg-type]  # it is never called
        self.asked: list[dict[str, Any]] = []

    def query(
        self, table: str, condition: str, values: Mapping[str, Any], **options: Any
    ) -> tuple[list[Item], Item | None]:
        self.asked.append({"table": table, "condition": condition, "values": values, **options})
        return [], None


def written(movement: Movement) -> list[tuple[str, Mapping[str, Any], str, Mapping[str, Any]]]:
    writes = Ledger(Listening(), "credits").writes(movement)
    assert {write.table for write in writes} <= {"credits"}
    return [(write.name, write.item, write.condition, write.values) for write in writes]


def test_a_movement_is_written_as_its_balance_and_its_entries() -> None:
    movement = a_hold(a_balance(a_gift(10, id="g")), 6)

    [entry] = movement.entries
    balance_row = {
        "pk": "user:local:ann",
        "sk": "balance",
        "owner": "user:local:ann",
        "version": 2,
        "row_schema": 1,
        "seq": 2,
        "head": entry.hash,
        "available": 4,
        "held": 6,
        "charged": 0,
        "granted": -10,
        "expired": 0,
        "adjusted": 0,
        "in_flight": 1,
        "drawn": 1,
        "grants": [{"id": "g", "kind": "paid", "priority": 100, "amount": 4, "created_at": NOON}],
        "given": {},
    }
    draw = {"grant_id": "g", "kind": "paid", "priority": 100, "created_at": NOON, "amount": 6}
    entry_row = {
        "pk": "user:local:ann",
        "sk": "entry#000000000002",
        "owner": "user:local:ann",
        "seq": 2,
        "kind": "hold",
        "at": NOON,
        "moves": {"available": -6, "held": 6},
        "job": "job1",
        "grants": [draw],
        "previous": entry.previous,
        "hash": entry.hash,
    }
    assert written(movement) == [
        ("balance", balance_row, "version = :version", {"version": 1}),
        ("entry2", entry_row, ABSENT, {}),
    ]


def test_a_first_balance_is_written_only_where_there_is_none() -> None:
    first = Movement(before=Balance(owner="o"), after=Balance(owner="o"), entries=a_hold(a_balance(), 1).entries)

    assert written(first)[0][2:] == (ABSENT, {})


def test_no_movement_is_no_write() -> None:
    assert written(still(a_balance())) == []


def test_a_guard_is_a_row_that_must_not_be_there_yet() -> None:
    guard = Ledger(Listening(), "credits").guard("o", "resolved#j", charged=6)

    assert (guard.name, guard.item, guard.condition) == (
        "guard",
        {"pk": "o", "sk": "resolved#j", "charged": 6},
        ABSENT,
    )


@pytest.mark.parametrize(
    ("before", "last"), [(None, "entry#999999999999"), (7, "entry#000000000006"), (1, "entry#000000000000")]
)
def test_a_page_is_read_as_it_is_now_newest_first(before: int | None, last: str) -> None:
    database = Listening()

    page = Ledger(database, "credits").entries("o", limit=5, before=before)

    assert (page.entries, page.before) == ((), None)
    assert database.asked == [
        {
            "table": "credits",
            "condition": "pk = :owner AND sk BETWEEN :first AND :last",
            "values": {"owner": "o", "first": "entry#000000000000", "last": last},
            "ScanIndexForward": False,
            "Limit": 5,
            "ConsistentRead": True,
        }
    ]


def test_an_entry_or_a_first_balance_is_never_written_over(quick_world: World) -> None:
    world = quick_world
    first = Movement(before=Balance(owner=ANN.owner), after=a_balance(), entries=a_hold(a_balance(), 6).entries)

    with pytest.raises(ConditionFailed) as failed:
        world.database.commit(world.ledger.writes(first), token="t", until=world.clock.now() + 1000)

    assert set(failed.value.found) == {"balance"}
    moved = a_hold(world.ledger.balance(ANN.owner), 6)
    world.database.commit(world.ledger.writes(moved)[1:], token="u", until=world.clock.now() + 1000)
    with pytest.raises(ConditionFailed) as failed:
        world.database.commit(world.ledger.writes(moved), token="v", until=world.clock.now() + 1000)
    assert set(failed.value.found) == {"entry2"}


def test_an_owner_never_seen_has_nothing(quick_world: World) -> None:
    stranger = quick_world.ledger.balance("user:local:eve")

    assert stranger == Balance(owner="user:local:eve")
    assert (stranger.version, stranger.head, stranger.grants) == (0, GENESIS, ())
