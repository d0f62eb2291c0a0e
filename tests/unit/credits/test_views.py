"""What an owner sees of its ledger."""

import pytest

from easel.credits.views import shown_by


@pytest.mark.parametrize(
    ("by", "shown"),
    [
        ("command:arn:aws:sts::123456789012:assumed-role/admin/ann", "command"),
        ("command", "command"),
        ("key:k1", "key:k1"),
        ("easel:welcome", "easel:welcome"),
        (None, None),
    ],
)
def test_an_owner_is_not_told_which_operator_moved_its_credits(by: str | None, shown: str | None) -> None:
    assert shown_by(by) == shown
