"""Credits moved by hand: each once per key, and no more than there is."""

import pytest

from easel.credits.requests import AdjustRequest, GrantRequest, MovementRequest, RefundRequest, fingerprint
from easel.errors import IdempotencyKeyReused, InsufficientCredits, InvalidRequest, NotFound
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
