"""Days and months."""

from easel.clock import DAY, SystemClock, day_of, month_of, next_month
from tests.support.fakes import NOON


def test_days_and_months_are_utc() -> None:
    assert (day_of(NOON), month_of(NOON)) == ("2026-10-28", "2026-10")
    assert day_of(NOON + DAY // 2 - 1) == "2026-10-28"
    assert day_of(NOON + DAY // 2) == "2026-10-29"


def test_the_month_after_december_is_january() -> None:
    december = next_month(next_month(NOON))

    assert month_of(december) == "2026-12"
    assert month_of(next_month(december)) == "2027-01"
    assert month_of(next_month(december) - 1) == "2026-12"


def test_the_systems_clock_goes_on_and_its_jitter_is_a_fraction() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.002)

    assert clock.now() > before
    assert 0 <= clock.jitter() < 1
