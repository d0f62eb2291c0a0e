"""Credits moved by hand: each once per key, and no more than there is."""

import uuid
from typing import Any

import pytest

from easel.aws.rows import to_dynamodb
from easel.clock import DAY
from easel.credits.accounts import Granted
from easel.credits.requests import AdjustRequest, GrantRequest, MovementRequest, RefundRequest, fingerprint
from easel.errors import IdempotencyKeyReused, InsufficientCredits, InvalidRequest, NotFound
from tests.support.fakes import NOON
from tests.support.world import ANN, BOB, World


def refund(world: World, key: str, job_id: str, amount: int | None = None) -> int:
    ask = RefundRequest.model_validate({"jobId": job_id, **({} if amount is None else {"amount": amount})})
    return world.refund(ask, owner=ANN.owner, key=key, by="test").amount


def adjust(world: World, key: str, amount: int) -> int:
    ask = AdjustRequest.model_validate({"amount": amount})
    return world.accounts.adjust(ask, owner=ANN.owner, key=key, by="test").available


def test_a_refund_repeated_by_a_retried_callback_refunds_once(world: World) -> None:
    job_id = world.run(world.begin().job.id).id

    assert [refund(world, "callback", job_id) for _ in range(3)] == [6, 6, 6]

    assert world.available() == 100


def test_the_rest_is_refunded_and_never_the_whole_again(world: World) -> None:
    job_id = world.run(world.begin().job.id).id
    refund(world, "part", job_id, 4)

    assert refund(world, "rest", job_id) == 2

    with pytest.raises(InvalidRequest):
        refund(world, "more", job_id)
    assert world.available() == 100


def test_a_running_job_has_nothing_to_refund(world: World) -> None:
    job_id = world.begin().job.id

    with pytest.raises(InvalidRequest):
        refund(world, "k", job_id)


def test_another_owners_job_is_not_refunded(world: World) -> None:
    world.give(BOB)
    job_id = world.run(world.begin(caller=BOB).job.id).id

    with pytest.raises(NotFound):
        refund(world, "k", job_id)


def test_an_adjustment_happens_once_per_key_and_never_takes_held_credits(world: World) -> None:
    world.begin()

    assert adjust(world, "a", -90) == adjust(world, "a", -90) == 4

    with pytest.raises(InsufficientCredits):
        adjust(world, "b", -5)
    with pytest.raises(IdempotencyKeyReused):
        adjust(world, "a", -1)
    assert world.available() == 4


def test_a_key_used_for_one_kind_of_movement_is_not_good_for_another(world: World) -> None:
    job_id = world.run(world.begin().job.id).id
    refund(world, "k", job_id)

    with pytest.raises(IdempotencyKeyReused):
        adjust(world, "k", 6)


def test_a_welcome_and_a_months_credits_are_given_once(world: World) -> None:
    world.allowing(welcome_credits=10, monthly_credits=20)
    assert world.available(BOB) == 30

    world.run(world.begin(caller=BOB).job.id)
    assert world.available(BOB) == 24
    world.clock.forward(31 * 24 * 3600)

    assert world.available(BOB) == 10 + 20  # the first month's rest is gone, the next month's is there


def grant(world: World, key: str, **fields: Any) -> Granted:
    ask = GrantRequest.model_validate({"amount": 1, **fields})
    return world.accounts.grant(ask, owner=BOB.owner, key=key, by="test")


def a_stored_row(grants: int, *, apart: int) -> dict[str, Any]:
    """A balance as an earlier release wrote it: each grant by itself, expiring `apart` ms after the one before."""
    shared = {"kind": "paid", "priority": 100, "amount": 1, "created_at": NOON}
    left = [{**shared, "id": str(uuid.uuid4()), "expires_at": NOON + DAY + number * apart} for number in range(grants)]
    accounts = {"available": grants, "granted": -grants, "held": 0, "charged": 0, "expired": 0, "adjusted": 0}
    chain = {"version": 1, "row_schema": 1, "seq": 1, "head": "0" * 64, "in_flight": 0, "given": {}}
    return {"pk": BOB.owner, "sk": "balance", "owner": BOB.owner, **chain, **accounts, "grants": left}


@pytest.mark.parametrize("apart", [0, 60_000])
def test_a_purchase_after_very_many_unspent_ones_is_given_and_the_row_shrinks(world: World, apart: int) -> None:
    row = a_stored_row(1_500, apart=apart)
    world.dynamodb.put_item(TableName="credits", Item=to_dynamodb(row))

    assert grant(world, "purchase").available == len(row["grants"]) + 1

    kept = world.ledger.balance(BOB.owner)
    assert len(kept.grants) <= 6
    assert world.run(world.begin(caller=BOB).job.id).charged == 6
    assert world.available(BOB) == len(row["grants"]) + 1 - 6


def test_of_purchases_that_became_one_each_key_still_answers_for_its_own(world: World) -> None:
    first = [grant(world, f"k{number}", amount=number + 1) for number in range(30)]

    again = [grant(world, f"k{number}", amount=number + 1) for number in range(30)]

    assert [(each.grant_id, each.amount, each.available) for each in again] == [
        (each.grant_id, each.amount, each.available) for each in first
    ]
    assert all(each.replayed for each in again)
    assert world.available(BOB) == sum(range(1, 31))


def test_a_job_paid_from_purchases_that_became_one_is_refunded_once_and_no_more(world: World) -> None:
    for number in range(30):
        grant(world, f"k{number}")
    job_id = world.run(world.begin(caller=BOB).job.id).id
    ask = RefundRequest.model_validate({"jobId": job_id})

    assert world.refund(ask, owner=BOB.owner, key="back", by="test").amount == 6

    with pytest.raises(InvalidRequest):
        world.refund(ask, owner=BOB.owner, key="again", by="test")
    assert world.available(BOB) == 30


def test_credits_that_have_expired_are_refused_and_a_repeat_of_an_earlier_grant_is_not(world: World) -> None:
    with pytest.raises(InvalidRequest, match="has passed"):
        grant(world, "late", expiresAt="2020-01-01T00:00:00Z")
    assert world.available(BOB) == 0

    given = grant(world, "k", expiresAt="2026-10-28T13:00:00Z")
    world.clock.forward(2 * 3600)

    assert grant(world, "k", expiresAt="2026-10-28T13:00:00Z").grant_id == given.grant_id


@pytest.mark.parametrize(
    ("ask", "stored"),
    [
        (
            GrantRequest.model_validate({"amount": 100}),
            "GrantRequest:4d4bbe59c6aad22442cde199a6a8a5f034405fcd78fb5a81c24ef249de1c45f1",
        ),
        (
            AdjustRequest.model_validate({"amount": -10}),
            "AdjustRequest:0b43f5ca311de1445fc01f0f794ee0a72c59447d6ce571d4087277803ae04383",
        ),
        (
            RefundRequest.model_validate({"jobId": "01m7vzt1pfxbywsyjm9mqt0f8y"}),
            "RefundRequest:ef128bfab3d6ae8da77d3e88e7748782502fb2963b12af0032a1a28c5f85c811",
        ),
    ],
)
def test_a_key_used_before_a_refactoring_still_knows_its_movement(ask: MovementRequest, stored: str) -> None:
    assert fingerprint(ask) == stored  # as commit 1a88f3c stored it: a changed word answers 409 to every repeat


def test_what_is_stored_under_a_key_is_its_movements_fingerprint(world: World) -> None:
    adjust(world, "a", -10)

    guards = [row for row in world.dynamodb.scan(TableName="credits")["Items"] if row["sk"]["S"].startswith("key#")]

    expected = fingerprint(AdjustRequest.model_validate({"amount": -10}))
    assert expected in [row["body"]["S"] for row in guards]
