"""Credits moved by hand while others move them too: one plan holds, a second time is an answer."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Write
from easel.clock import SECOND
from easel.credits.accounts import Accounts, Granted
from easel.credits.requests import AdjustRequest, GrantRequest, RefundRequest
from easel.errors import Busy
from tests.support.fakes import NOON, FakeClock
from tests.support.world import ANN, World

GRANT = GrantRequest.model_validate(
    {"amount": 5, "kind": "promotional", "priority": 3, "expiresAt": "2026-11-28T12:00:00Z"}
)


class Interrupted(Database):
    """Has something happen before each commit, and may lose its reply."""

    def __init__(self, world: World, before: Callable[[], object], *, heard: bool = True) -> None:
        super().__init__(world.dynamodb, world.clock)
        self.before = before
        self.heard = heard
        self.untils: list[int] = []

    def commit(self, writes: Sequence[Write], *, token: str, until: int) -> bool:
        self.untils.append(until)
        self.before()
        return super().commit(writes, token=token, until=until) and self.heard


def accounts(world: World, database: Database) -> Accounts:
    return replace(world.accounts, database=database)


def test_a_grant_has_the_terms_that_were_asked_for_and_the_entry_says_whose_it_was(quick_world: World) -> None:
    given = quick_world.accounts.grant(GRANT, owner=ANN.owner, key="k", by="key:shop")

    first = quick_world.ledger.balance(ANN.owner).grants[0]
    assert (first.kind, first.priority, first.amount, first.expires_at, first.created_at) == (
        "promotional",
        3,
        5,
        GRANT.expires_at_ms,
        NOON,
    )
    [entry] = quick_world.accounts.entries(ANN.owner, limit=1).entries
    assert (entry.by, entry.key) == ("key:shop", "k")
    assert given == Granted(ANN.owner, 5, 105, replayed=False, grant_id=first.id)


def test_a_repeat_answers_as_the_first_time_whatever_the_balance_is_by_now(quick_world: World) -> None:
    first = quick_world.accounts.grant(GRANT, owner=ANN.owner, key="k", by="t")
    quick_world.give(amount=7)

    again = quick_world.accounts.grant(GRANT, owner=ANN.owner, key="k", by="t")

    assert again == replace(first, replayed=True)


def test_an_adjustment_answers_with_its_grant_and_a_refund_with_its_job(quick_world: World) -> None:
    job = quick_world.run(quick_world.begin().job.id)
    lowered = AdjustRequest.model_validate({"amount": 4})
    back = RefundRequest.model_validate({"jobId": job.id})
    for replayed in (False, True):
        adjusted = quick_world.accounts.adjust(lowered, owner=ANN.owner, key="a", by="t")
        refunded = quick_world.refund(back, owner=ANN.owner, key="b", by="t")

        grants = {grant.id for grant in quick_world.ledger.balance(ANN.owner).grants}
        assert adjusted.grant_id in grants
        assert adjusted == Granted(ANN.owner, 4, 98, replayed=replayed, grant_id=adjusted.grant_id)
        assert refunded == Granted(ANN.owner, 6, 104, replayed=replayed, job_id=job.id)


def test_the_key_itself_is_not_stored_only_its_hash_when_and_what_it_did(quick_world: World) -> None:
    given = quick_world.accounts.grant(GRANT, owner=ANN.owner, key="invoice 17", by="t")

    name = "key#" + hashlib.sha256(b"invoice 17").hexdigest()
    guard = quick_world.ledger.guarded(ANN.owner, name)
    assert guard is not None
    assert guard.pop("body").startswith("GrantRequest:")
    assert guard == {
        "pk": ANN.owner,
        "sk": name,
        "at": NOON,
        "amount": 5,
        "available": 105,
        "grant_id": given.grant_id,
    }


def test_a_balance_that_moved_meanwhile_is_planned_again(quick_world: World) -> None:
    amounts = [7]

    def another_grant() -> None:
        if amounts:
            quick_world.give(amount=amounts.pop())

    database = Interrupted(quick_world, another_grant)

    given = accounts(quick_world, database).grant(GRANT, owner=ANN.owner, key="k", by="t")

    assert (given.available, given.replayed) == (112, False)
    assert len(database.untils) == 2
    assert quick_world.available() == 112


def test_the_same_key_twice_at_once_moves_once(quick_world: World) -> None:
    def first() -> Granted:
        return quick_world.accounts.grant(GRANT, owner=ANN.owner, key="k", by="t")

    given = accounts(quick_world, Interrupted(quick_world, first)).grant(GRANT, owner=ANN.owner, key="k", by="t")

    assert given == replace(first(), replayed=True)
    assert quick_world.available() == 105


def test_a_movement_whose_reply_was_lost_is_told_by_what_is_stored(quick_world: World) -> None:
    database = Interrupted(quick_world, lambda: None, heard=False)

    given = accounts(quick_world, database).grant(GRANT, owner=ANN.owner, key="k", by="t")

    assert (given.amount, given.available, given.replayed) == (5, 105, True)
    assert quick_world.available() == 105


@pytest.mark.parametrize("refusal", [ConditionFailed({}), Contended("busy")])
def test_an_account_moved_by_many_is_given_up_after_the_time_for_contention(
    quick_world: World, refusal: Exception
) -> None:
    def refuse() -> None:
        quick_world.clock.forward(2)
        raise refusal

    database = Interrupted(quick_world, refuse)

    with pytest.raises(Busy) as busy:
        accounts(quick_world, database).grant(GRANT, owner=ANN.owner, key="k", by="t")

    assert busy.value.retry_after_seconds == 2
    assert database.untils == [NOON + 10 * SECOND] * 5
    assert quick_world.available() == 100


def test_a_page_of_the_ledger_is_as_long_as_asked_and_begins_below_the_last_one(quick_world: World) -> None:
    for amount in (1, 2, 3):
        quick_world.give(amount=amount)

    newest = quick_world.accounts.entries(ANN.owner, limit=3)
    oldest = quick_world.accounts.entries(ANN.owner, limit=3, before=newest.before)

    assert [entry.seq for entry in newest.entries] == [4, 3, 2]
    assert newest.before == 2
    assert [entry.seq for entry in oldest.entries] == [1]
    assert oldest.before is None


def test_what_has_expired_is_not_available_though_no_entry_says_so_yet(quick_world: World) -> None:
    quick_world.accounts.grant(GRANT, owner=ANN.owner, key="k", by="t")
    later: FakeClock = quick_world.clock
    later.forward(32 * 24 * 3600)

    assert quick_world.accounts.balance(ANN.owner).available == 100
    assert quick_world.ledger.balance(ANN.owner).available == 105
