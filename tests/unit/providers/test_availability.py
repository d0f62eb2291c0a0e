"""What everybody knows of a provider: its pace and its breaker."""

import pytest

from easel.providers.availability import FAILURES_MAX, Availability, Pace
from easel.providers.protocol import Outcome
from tests.support.fakes import NOON

RECOVERY = 450_000


def traffic(**changes: int) -> Availability:
    return Availability(provider="openai", model="m").model_copy(update=changes)


def after(*outcomes: Outcome, now: int = NOON) -> Availability:
    known = traffic()
    for outcome in outcomes:
        known = known.after(outcome, now=now, retry_at=None, recovery=RECOVERY)
    return known


def test_slots_are_handed_out_one_after_another_once_the_burst_is_used_up() -> None:
    pace, known = Pace(images_per_minute=20, burst=10), traffic()
    slots = []
    for _ in range(13):
        slots.append(known.opening_at(pace, 1, NOON) - NOON)
        known = known.taken(pace, 1, NOON)

    assert slots == [0] * 10 + [6_000, 12_000, 18_000]


def test_more_images_than_a_burst_begin_at_once_when_nobody_was_there_and_cost_their_time() -> None:
    pace = Pace(images_per_minute=6, burst=3)
    known = traffic()

    assert known.opening_at(pace, 10, NOON) == NOON
    assert known.taken(pace, 10, NOON).opening_at(pace, 1, NOON) > NOON + 60_000


def test_a_provider_without_a_pace_is_never_waited_for() -> None:
    assert traffic(arrival=NOON + 10**9).opening_at(None, 5, NOON) == NOON


@pytest.mark.parametrize("failure", [Outcome.UNAVAILABLE, Outcome.UNKNOWN])
def test_the_breaker_opens_after_failures_in_a_row(failure: Outcome) -> None:
    assert after(failure).barred_until(NOON) == 0
    assert after(*[failure] * FAILURES_MAX).barred_until(NOON) == NOON + RECOVERY
    assert after(failure, Outcome.DELIVERED, failure).barred_until(NOON) == 0


def test_a_key_that_does_not_hold_opens_it_at_once() -> None:
    assert after(Outcome.MISCONFIGURED).barred_until(NOON) == NOON + RECOVERY


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNSUPPORTED, Outcome.ABANDONED])
def test_what_is_not_the_providers_failure_does_not_open_it(outcome: Outcome) -> None:
    assert after(*[outcome] * 5).barred_until(NOON) == 0


def test_after_its_recovery_one_probe_at_a_time_is_let_through() -> None:
    later = NOON + RECOVERY
    known = after(*[Outcome.UNAVAILABLE] * FAILURES_MAX)
    assert known.half_open(later)

    probing = known.probed(later, recovery=RECOVERY)

    assert probing.barred_until(later) > later
    assert probing.after(Outcome.DELIVERED, now=later, retry_at=None, recovery=RECOVERY).barred_until(later) == 0
    assert (
        probing.after(Outcome.UNAVAILABLE, now=later, retry_at=None, recovery=RECOVERY).barred_until(later)
        == later + RECOVERY
    )


def test_retry_after_is_honoured_for_everybody() -> None:
    known = traffic().after(Outcome.BUSY, now=NOON, retry_at=NOON + 30_000, recovery=RECOVERY)

    assert known.barred_until(NOON) == NOON + 30_000
    assert known.barred_until(NOON + 30_000) == 0


def test_a_healthy_answer_writes_nothing() -> None:
    known = traffic()

    assert known.after(Outcome.DELIVERED, now=NOON, retry_at=None, recovery=RECOVERY) is known
