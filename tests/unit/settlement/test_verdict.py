"""How a job ends, and what it costs."""

from easel.jobs.model import Status
from easel.providers.protocol import Outcome
from easel.settlement.verdict import verdict
from tests.support.builders import a_job, an_attempt, an_image, ended
from tests.support.fakes import NOON


def test_each_image_is_charged_at_the_price_of_who_made_it() -> None:
    attempts = (
        ended(Outcome.DELIVERED, slots=(0, 1), images=(an_image(0),)),
        ended(Outcome.DELIVERED, 2, "second", slots=(1,), images=(an_image(1),)),
    )

    job = verdict(a_job(status=Status.RUNNING, n=2, attempts=attempts), NOON)

    assert (job.status, job.charged, job.returned) == (Status.SUCCEEDED, 6 + 3, 3)


def test_no_more_is_charged_than_was_held() -> None:
    attempts = (ended(Outcome.DELIVERED, images=(an_image(0),)),)

    assert verdict(a_job(status=Status.RUNNING, held=4, attempts=attempts), NOON).charged == 4


def test_a_slot_filled_twice_is_charged_once_for_the_earlier_attempt() -> None:
    attempts = (
        ended(Outcome.DELIVERED, 1, "second", images=(an_image(0),)),
        ended(Outcome.DELIVERED, 2, "openai", images=(an_image(0),)),
    )

    job = verdict(a_job(status=Status.RUNNING, attempts=attempts), NOON)

    assert (job.charged, len(job.images)) == (3, 1)


def test_without_images_everything_goes_back() -> None:
    job = verdict(a_job(status=Status.RUNNING, attempts=(ended(Outcome.UNAVAILABLE),)), NOON)

    assert (job.status, job.charged, job.returned) == (Status.FAILED, 0, 6)


def test_a_canceled_job_without_images_is_canceled_and_not_failed() -> None:
    job = verdict(a_job(cancel_requested=True), NOON)

    assert (job.status, job.failure, job.wake_by) == (Status.CANCELED, None, None)


def test_an_attempt_nobody_heard_of_is_written_down_as_abandoned() -> None:
    job = verdict(a_job(status=Status.RUNNING, attempts=(an_attempt(),)), NOON + 500_000)

    assert job.attempts[0].outcome is Outcome.ABANDONED
