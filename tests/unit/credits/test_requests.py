"""Movements of credits as callers ask for them."""

import pytest

from easel.credits.requests import GrantRequest
from easel.schemas import instant


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
