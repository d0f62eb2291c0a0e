"""Keys used under commit 1a88f3c still answer for what they did then: a repeat moves nothing and starts nothing.

The rows are those of `test_stored_rows.py`, never regenerated.
"""

from typing import Any

import pytest

from easel.credits.accounts import Granted
from easel.credits.requests import AdjustRequest, GrantRequest, RefundRequest
from easel.errors import IdempotencyKeyReused
from tests.integration.stored_rows.load import STATES, assert_books, stored
from tests.support.fakes import NOON
from tests.support.world import ANN, World

MOVEMENTS: dict[str, Any] = {
    "gift-1": {"amount": 25, "kind": "promotional", "expiresAt": "2027-01-31T00:00:00Z"},
    "correction-1": {"amount": -5},
    "refund-1": {"amount": 2},
}


def moved(world: World, key: str, job_id: str, **changes: Any) -> Granted:
    """What the movement answers that was made under this key, with the body it had then but for the changes."""
    body, common = MOVEMENTS[key] | changes, {"owner": ANN.owner, "key": key, "by": "test"}
    if key == "gift-1":
        return world.accounts.grant(GrantRequest.model_validate(body), **common)
    if key == "correction-1":
        return world.accounts.adjust(AdjustRequest.model_validate(body), **common)
    return world.refund(RefundRequest.model_validate({"jobId": job_id, **body}), **common)


@pytest.mark.parametrize("state", STATES)
def test_a_stored_grant_is_replayed(world: World, state: str) -> None:
    stored(world, state)
    before = world.available()

    ask = GrantRequest.model_validate({"amount": 100})
    again = world.accounts.grant(ask, owner=ANN.owner, key=f"test-{NOON}-100", by="test")

    assert (again.replayed, again.amount, again.available) == (True, 100, 100)
    assert world.available() == before


@pytest.mark.parametrize("state", ["delivered", "partly_refunded"])
def test_a_start_under_a_stored_key_is_replayed_and_another_body_refused(world: World, state: str) -> None:
    [job_id] = stored(world, state)

    again = world.begin(key="order-1")

    assert (again.job.id, again.replayed, again.available) == (job_id, True, 94)
    with pytest.raises(IdempotencyKeyReused):
        world.begin(key="order-1", prompt="another lamp")


@pytest.mark.parametrize(
    ("key", "amount", "available"), [("gift-1", 25, 119), ("correction-1", -5, 114), ("refund-1", 2, 116)]
)
def test_a_movement_under_a_stored_key_is_replayed_and_another_body_refused(
    world: World, key: str, amount: int, available: int
) -> None:
    [job_id] = stored(world, "partly_refunded")

    again = moved(world, key, job_id)

    assert (again.replayed, again.amount, again.available) == (True, amount, available)
    with pytest.raises(IdempotencyKeyReused):
        moved(world, key, job_id, amount=1)
    assert_books(world, available=116)
