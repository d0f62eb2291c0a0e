"""The recipes in docs/ do what they say."""

import hashlib
import hmac
import importlib.util
import io
import json
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

RECIPE = Path(__file__).parents[2] / "docs" / "recipes" / "stripe_webhook.py"
SECRET = "whsec_of_the_tests"


class FakeLambda:
    """Easel's `credits` function: remembers what it was ordered, and gives once per key."""

    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        self.orders: list[dict[str, Any]] = []
        self.answer = answer or {"amount": 500}

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 # boto3's own words
        assert FunctionName == "arn:credits:live"
        self.orders.append(json.loads(Payload))
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())}


@pytest.fixture
def easel(monkeypatch: pytest.MonkeyPatch) -> FakeLambda:
    made = FakeLambda()
    monkeypatch.setenv("STRIPE_SECRET", SECRET)
    monkeypatch.setenv("EASEL_CREDITS", "arn:credits:live")
    monkeypatch.setattr(boto3, "client", lambda _: made)
    return made


def webhook(
    *, kind: str = "checkout.session.completed", status: str = "paid", at: int | None = None, **changes: Any
) -> Any:
    session = {
        "id": "cs_1",
        "payment_status": status,
        "metadata": {"owner": "user:accounts:7f3a", "credits": "500"},
    }
    body = json.dumps({"type": kind, "data": {"object": session}})
    time_part = str(int(time.time()) if at is None else at)
    signature = hmac.new(SECRET.encode(), f"{time_part}.{body}".encode(), hashlib.sha256).hexdigest()
    event = {"body": body, "headers": {"Stripe-Signature": f"t={time_part},v1={signature}"}, **changes}
    spec = importlib.util.spec_from_file_location("stripe_webhook", RECIPE)
    assert spec
    assert spec.loader
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    return recipe.handler(event, None)["statusCode"]


def test_a_paid_checkout_gives_its_credits_under_the_sessions_id(easel: FakeLambda) -> None:
    assert webhook() == 200

    [order] = easel.orders
    assert (order["command"], order["owner"], order["request"]) == ("grant", "user:accounts:7f3a", {"amount": 500})
    assert order["idempotencyKey"] == "cs_1"


def test_a_repeated_callback_has_the_same_key(easel: FakeLambda) -> None:
    webhook()
    webhook(kind="checkout.session.async_payment_succeeded")

    assert {order["idempotencyKey"] for order in easel.orders} == {"cs_1"}


@pytest.mark.parametrize(("kind", "status"), [("checkout.session.completed", "unpaid"), ("charge.refunded", "paid")])
def test_what_is_not_paid_gives_nothing(easel: FakeLambda, kind: str, status: str) -> None:
    assert webhook(kind=kind, status=status) == 200
    assert not easel.orders


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "v1=00", "rubbish"])
def test_what_stripe_did_not_sign_gives_nothing(easel: FakeLambda, signature: str) -> None:
    assert webhook(headers={"Stripe-Signature": signature}) == 400
    assert not easel.orders


def test_an_old_callback_gives_nothing(easel: FakeLambda) -> None:
    assert webhook(at=1_700_000_000) == 400
    assert not easel.orders


def test_stripe_is_asked_to_repeat_what_easel_could_not_do(easel: FakeLambda) -> None:
    easel.answer = {"error": {"code": "busy"}}

    assert webhook() == 500


@pytest.mark.parametrize("name", ["stripe-signature", "Stripe-Signature", "STRIPE-SIGNATURE"])
def test_the_signature_is_found_however_the_door_in_front_writes_its_name(easel: FakeLambda, name: str) -> None:
    body = json.dumps({"type": "charge.refunded", "data": {"object": {"id": "cs_1"}}})
    at = str(int(time.time()))
    signed = hmac.new(SECRET.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()

    assert webhook(body=body, headers={name: f"t={at},v1={signed}"}) == 200


def test_the_ledger_is_told_who_gave(easel: FakeLambda) -> None:
    webhook()

    assert easel.orders[0]["by"] == "stripe"
