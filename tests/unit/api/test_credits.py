from typing import Any

import pytest
from api import credits

from tests.support.doors import ANN, NOBODY, SHOP, Asked, send

GIFT = {"owner": ANN.owner, "amount": 100}
KEY = {"Idempotency-Key": "payment-17"}


def give(body: Any = GIFT, **options: Any) -> Any:
    return send(credits, "POST", "/api/credits/grants", **{"body": body, "caller": SHOP, "headers": KEY, **options})


def test_a_payment_gives_credits_once(asked: Asked) -> None:
    answer = give()

    assert (answer.status, answer.json) == (
        201,
        {"owner": ANN.owner, "grantId": "g1", "amount": 100, "available": 100},
    )
    assert (asked.last["owner"], asked.last["key"], asked.last["by"]) == (ANN.owner, "payment-17", "key:k1")


def test_a_replay_says_so(asked: Asked) -> None:
    asked.replayed = True

    assert give().headers["idempotency-replayed"] == "true"


def test_a_grant_needs_a_key(asked: Asked) -> None:
    answer = give(headers={})

    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "Idempotency-Key")
    assert asked.calls == []


@pytest.mark.parametrize(("caller", "status"), [(ANN, 403), (NOBODY, 401)])
def test_only_a_key_with_the_scope_gives(asked: Asked, caller: Any, status: int) -> None:
    assert give(caller=caller).status == status
    assert asked.calls == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": 5}, "owner"),
        ({"owner": "ann", "amount": 5}, "owner"),
        ({"owner": "anonymous", "amount": 5}, "owner"),
        ({"owner": ANN.owner}, "amount"),
        ({"owner": ANN.owner, "amount": 0}, "amount"),
        ({"owner": ANN.owner, "amount": "5"}, "amount"),
        ({"owner": ANN.owner, "amount": 5, "note": "hi"}, "note"),
        ({"owner": ANN.owner, "amount": 5, "expiresAt": "tomorrow"}, "expiresAt"),
        ({"owner": ANN.owner, "amount": 5, "expiresAt": "2027-01-31T00:00:00"}, "expiresAt"),
        ({"owner": ANN.owner, "amount": 5, "expiresAt": "0001-01-01T00:00:00+14:00"}, "expiresAt"),
        ({"owner": ANN.owner, "amount": 5, "expiresAt": "9999-12-31T23:59:59-14:00"}, "expiresAt"),
    ],
)
def test_a_wrong_grant_reaches_nothing(asked: Asked, body: dict[str, Any], field: str) -> None:
    answer = give(body)

    assert (answer.status, answer.json["errors"][0]["field"]) == (400, field)
    assert asked.calls == []
