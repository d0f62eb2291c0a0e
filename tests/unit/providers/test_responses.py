"""What every provider's answers have in common."""

from datetime import UTC, datetime

import pytest

from easel.providers.responses import retry_after

NOW = datetime(2026, 10, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Wed, 28 Oct 2026 12:00:07 GMT", 7),
        ("Wed, 28 Oct 2026 11:00:00 GMT", 1),
        ("Wed, 28 Oct 99999999999999999999 12:00:00 GMT", None),
        ("Wed, 28 Oct 2026 12:00:07 -0000", None),
        ("soon", None),
    ],
)
def test_a_date_to_come_back_at_is_read_or_left_alone(said: str, seconds: int | None) -> None:
    assert retry_after({"retry-after": said}, now=NOW) == seconds
