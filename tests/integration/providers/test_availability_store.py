"""Jobs that meet a provider's pace or an open breaker."""

import pytest

from easel.errors import Busy
from easel.jobs.model import Status
from easel.providers.errors import ProviderBusy, ProviderMisconfigured, ProviderUnavailable
from easel.providers.protocol import Outcome
from tests.support.fakes import FakeProvider
from tests.support.world import World

DOWN = ProviderUnavailable("500", paid=True)


def test_an_open_breaker_spares_the_provider_for_its_recovery_time(world: World) -> None:
    world.providers["openai"] = FakeProvider(DOWN, DOWN)
    for _ in range(2):
        world.run(world.begin().job.id)
    assert world.meter.counts["BreakerOpened.provider=openai"] == 1

    job = world.run(world.begin().job.id)

    assert [(a.provider, a.outcome) for a in job.attempts] == [
        ("openai", Outcome.SKIPPED),
        ("openai_compatible", Outcome.DELIVERED),
    ]
    assert len(world.providers["openai"].orders) == 2
    assert world.meter.counts["ProviderSkipped.provider=openai"] == 1


def test_after_its_recovery_time_the_provider_is_asked_again(world: World) -> None:
    world.providers["openai"] = FakeProvider(ProviderMisconfigured("invalid_api_key"))
    world.run(world.begin().job.id)
    world.clock.forward(world.clocks.recovery)

    job = world.run(world.begin().job.id)

    assert [(a.provider, a.outcome) for a in job.attempts] == [("openai", Outcome.DELIVERED)]


def test_when_only_one_probe_is_let_through_the_other_job_goes_elsewhere(world: World) -> None:
    world.providers["openai"] = FakeProvider(ProviderMisconfigured("invalid_api_key"))
    world.run(world.begin().job.id)
    world.clock.forward(world.clocks.recovery)
    other = world.begin().job.id

    def meanwhile(order: object) -> object:
        assert world.attempt(other, crashes=0, dead=-1).outcome == "stored"
        raise DOWN

    world.providers["openai"].script = [meanwhile]  # type: ignore[list-item]
    world.run(world.begin().job.id)

    assert [a.provider for a in world.run(other).attempts] == ["openai", "openai_compatible"]
    assert world.run(other).attempts[0].outcome is Outcome.SKIPPED


def test_out_of_images_per_minute_a_job_overflows_to_the_next_provider(world: World) -> None:
    world.paces["openai"] = 2
    world.allowing(jobs_in_flight=20, overflow_after_seconds=5)

    jobs = [world.run(world.begin().job.id) for _ in range(3)]

    assert [job.delivered()[0][0].provider for job in jobs] == ["openai", "openai_compatible", "openai_compatible"]
    assert jobs[1].attempts[0].outcome is Outcome.SKIPPED


def test_a_slot_that_comes_soon_is_waited_for_and_is_this_jobs(world: World) -> None:
    world.paces["openai"] = 20
    world.allowing(jobs_in_flight=20, daily_cap_micros=10**9)
    world.give(amount=500)
    jobs = [world.begin().job.id for _ in range(13)]

    answers = [world.attempt(job_id, crashes=0, dead=-1) for job_id in jobs]

    assert [answer.outcome for answer in answers] == ["stored"] * 10 + ["wait"] * 3
    times = [booked.at - world.clock.now() for job_id in jobs[10:] if (booked := world.job(job_id).booking)]
    assert times == [6_000, 12_000, 18_000]
    for job_id in jobs:
        assert world.run(job_id).delivered()[0][0].provider == "openai"


def test_a_start_that_no_provider_has_a_slot_for_in_time_is_refused_with_nothing_held(world: World) -> None:
    world.paces |= {"openai": 20, "openai_compatible": 20}
    world.allowing(jobs_in_flight=99)
    signals = world.start.admission.signals
    for step in world.begin().job.route:
        known = signals.read(step)
        assert signals.save(known, known.model_copy(update={"arrival": world.clock.now() + 1_000_000, "version": 1}))
    before = world.available()

    with pytest.raises(Busy) as refusal:
        world.begin()

    assert refusal.value.retry_after_seconds == 1000 + 6 - 60 - (900 - 120 - 30)  # a burst of ten images may be early
    assert world.available() == before


def test_a_retry_after_bars_the_provider_for_other_jobs_too(world: World) -> None:
    world.providers["openai"] = FakeProvider(ProviderBusy("rate_limit_exceeded", retry_after_seconds=60))
    world.run(world.begin().job.id)

    job = world.run(world.begin().job.id)

    assert len(world.providers["openai"].orders) == 1
    assert job.status is Status.SUCCEEDED
