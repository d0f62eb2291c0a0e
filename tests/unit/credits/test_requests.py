"""Movements of credits as callers ask for them."""

from typing import Any

import pytest
from pydantic import ValidationError

from easel.credits.requests import (
    AdjustRequest,
    GrantBody,
    GrantRequest,
    MovementRequest,
    RefundRequest,
    fingerprint,
    terms,
)
from easel.errors import InvalidRequest
from easel.http import bodies
from easel.schemas import body_hash, instant


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2027-01-31T00:00:00Z", "2027-01-31T00:00:00.000Z"),
        ("2027-01-31T00:00:00.1234+02:00", "2027-01-30T22:00:00.123Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"),  # rounded up it would be in no year we can write
    ],
)
def test_an_expiry_is_kept_to_the_millisecond_and_can_be_shown_again(sent: str, kept: str) -> None:
    expires_at = GrantRequest.model_validate({"amount": 5, "expiresAt": sent}).expires_at_ms

    assert expires_at is not None
    assert instant(expires_at) == kept


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (GrantRequest, {"amount": 0}),
        (GrantRequest, {"amount": 1_000_000_001}),
        (GrantRequest, {"amount": 1, "priority": -1}),
        (GrantRequest, {"amount": 1, "priority": 1001}),
        (GrantRequest, {"amount": 1, "kind": "given"}),
        (GrantRequest, {"amount": 1, "expiresAt": "tomorrow"}),
        (GrantRequest, {"amount": 1, "expiresAt": "2027-01-31T00:00:00"}),
        (GrantRequest, {"amount": 1, "expiresAt": "0001-01-01T00:00:00+14:00"}),
        (AdjustRequest, {"amount": 0}),
        (AdjustRequest, {"amount": 1_000_000_001}),
        (AdjustRequest, {"amount": -1_000_000_001}),
        (RefundRequest, {"jobId": ""}),
        (RefundRequest, {"jobId": "x" * 81}),
        (RefundRequest, {"jobId": "x", "amount": 0}),
        (RefundRequest, {"jobId": "x", "amount": 1_000_000_001}),
    ],
)
def test_what_makes_no_sense_is_refused(model: type[MovementRequest], fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(fields)


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (GrantRequest, {"amount": 1, "priority": 0, "kind": "promotional"}),
        (GrantRequest, {"amount": 1_000_000_000, "priority": 1000, "kind": "paid"}),
        (AdjustRequest, {"amount": 1_000_000_000}),
        (AdjustRequest, {"amount": -1_000_000_000}),
        (AdjustRequest, {"amount": 1}),
        (RefundRequest, {"jobId": "x", "amount": 1}),
        (RefundRequest, {"jobId": "x" * 80, "amount": 1_000_000_000}),
    ],
)
def test_the_bounds_themselves_are_allowed(model: type[MovementRequest], fields: dict[str, Any]) -> None:
    assert model.model_validate(fields).model_dump(by_alias=True, exclude_unset=True) == fields


def test_a_grant_is_bought_for_good_and_spent_in_its_turn_unless_it_says_otherwise() -> None:
    plain = GrantRequest.model_validate({"amount": 5})

    assert (plain.kind, plain.priority, plain.expires_at_ms) == ("paid", 100, None)
    assert RefundRequest.model_validate({"jobId": "x"}).amount is None


def test_a_movement_over_http_is_the_same_one_without_its_owner() -> None:
    body = GrantBody.model_validate({"owner": "user:main:ann", "amount": 5})

    assert fingerprint(terms(body, GrantRequest)) == fingerprint(GrantRequest.model_validate({"amount": 5}))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 1_000_000_001}, "amount"),
        ({"amount": "5"}, "amount"),
        ({"amount": 5.0}, "amount"),
        ({"amount": 5, "kind": "gift"}, "kind"),
        ({"amount": 5, "priority": 1001}, "priority"),
        ({"amount": 5, "expiresAt": "tomorrow"}, "expiresAt"),
        ({"amount": 5, "expiresAt": "2027-01-31T00:00:00"}, "expiresAt"),
        ({"amount": 5, "expiresAt": 1_800_000_000}, "expiresAt"),
        ({"amount": 5, "reason": "bought"}, "reason"),
    ],
)
def test_a_wrong_grant_is_refused_by_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        bodies.check(GrantRequest, fields)

    assert [each for each, _ in caught.value.errors] == [field]


def test_a_grant_says_when_it_expires_in_any_zone() -> None:
    ask = bodies.check(GrantRequest, {"amount": 5, "expiresAt": "2027-01-31T02:00:00+02:00"})

    assert ask.expires_at_ms == 1_801_353_600_000
    assert bodies.check(GrantRequest, {"amount": 5}).expires_at_ms is None


def test_a_grant_by_web_and_by_command_is_the_same_grant() -> None:
    by_web = bodies.check(GrantBody, {"owner": "user:local:ann", "amount": 5, "expiresAt": "2027-01-31T00:00:00Z"})
    by_command = bodies.check(GrantRequest, {"amount": 5, "expiresAt": "2027-01-31T00:00:00Z"})

    assert body_hash(terms(by_web, GrantRequest)) == body_hash(by_command)
