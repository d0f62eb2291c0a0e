"""When a delivery is tried again."""

import pytest

from easel.clock import DAY, HOUR, MINUTE, SECOND
from easel.webhooks.model import Delivery
from easel.webhooks.schedule import next_try
from tests.support.fakes import NOON


def a_delivery(tried: int, begun_at: int = NOON) -> Delivery:
    return Delivery(
        id="d", owner="o", endpoint="e", type="job.failed", at=begun_at, begun_at=begun_at, tried=tried, wake_by=NOON
    )


@pytest.mark.parametrize(
    ("tried", "delay"),
    [
        *((1, 5 * SECOND), (2, MINUTE), (3, 5 * MINUTE), (4, 30 * MINUTE), (5, 2 * HOUR), (6, 5 * HOUR)),
        *((7, 10 * HOUR), (8, 6 * HOUR), (12, 6 * HOUR)),
    ],
)
def test_each_delay_is_the_schedules_give_or_take_a_fifth(tried: int, delay: int) -> None:
    found = {chance: next_try(a_delivery(tried), NOON, chance=chance) for chance in (0, 0.5, 0.999999)}

    assert found[0.5] == NOON + delay
    assert found[0] == NOON + round(delay * 0.8)
    assert abs((found[0.999999] or 0) - (NOON + round(delay * 1.2))) <= delay // 1000


@pytest.mark.parametrize(
    ("said", "wait"),
    [("120", 120), ("7200", 3600), ("2", 5), ("", 5), ("soon", 5), ("-3", 5), ("Wed, 28 Oct 2026 12:10:00 GMT", 5)],
)
def test_retry_after_is_honoured_up_to_an_hour(said: str, wait: int) -> None:
    assert next_try(a_delivery(1), NOON, chance=0.5, retry_after=said) == NOON + wait * SECOND


def test_a_delivery_is_given_up_a_day_after_it_began() -> None:
    assert next_try(a_delivery(9, NOON - DAY + 6 * HOUR), NOON, chance=0.5) == NOON + 6 * HOUR
    assert next_try(a_delivery(9, NOON - DAY + 6 * HOUR - 1), NOON, chance=0.5) is None


def test_a_day_has_less_than_a_dozen_tries_whatever_chance_says() -> None:
    for chance in (0, 0.5, 0.99):
        now: int | None = NOON
        tried = 0
        while now is not None:
            tried += 1
            now = next_try(a_delivery(tried, NOON), now, chance=chance)
        assert 8 <= tried <= 12
