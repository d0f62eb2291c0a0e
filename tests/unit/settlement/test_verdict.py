"""How a job ends, and what it costs."""

import pytest

from easel.jobs.attempts import Attempt, Call, Ticket
from easel.jobs.model import Failure, Status
from easel.providers.protocol import Outcome
from easel.settlement.verdict import verdict
from tests.support.builders import a_job, a_step, an_attempt, an_image, ended
from tests.support.fakes import NOON


def a_call_that(outcome: Outcome, *, cost_micros: int | None) -> Call:
    return Call(started_at=NOON, milliseconds=9, slots=(0,), outcome=outcome, paid=True, cost_micros=cost_micros)


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


@pytest.mark.parametrize(
    ("costs", "charged"),
    [
        ((62_000,), 8),  # below what is expected: the least
        ((101_000,), 11),  # what it did cost, rounded up
        ((60_000, 41_000), 11),  # in two calls
        ((900_000,), 17),  # never above the quote
        ((None,), 17),  # nobody knows
        ((60_000, None), 17),
        ((), 17),
    ],
)
def test_what_was_held_for_inputs_is_charged_as_it_was_used(costs: tuple[int | None, ...], charged: int) -> None:
    edit = a_step("openai", credits_per_image=17, least_credits_per_image=8, credit_cost_micros=10_000)
    calls = tuple(a_call_that(Outcome.DELIVERED, cost_micros=cost) for cost in costs)
    failed = a_call_that(Outcome.UNKNOWN, cost_micros=500_000)  # the operator's loss, and no caller's
    attempts = (ended(Outcome.DELIVERED, images=(an_image(0),), calls=(*calls, failed)),)

    job = verdict(a_job(status=Status.RUNNING, held=17, route=(edit,), attempts=attempts), NOON)

    assert (job.charged, job.returned) == (charged, 17 - charged)


@pytest.mark.parametrize(
    ("reason", "named"),
    [
        ("openai: 400 invalid_value (size)", "`size` cannot be done"),
        ("openai: 400 invalid_image_file (image[0])", "`references` cannot be done"),
        ("openai: 400 invalid_value (secret_word)", "its options or pictures cannot be done"),
        (None, "its options or pictures cannot be done"),
    ],
)
def test_a_request_that_was_refused_as_such_is_not_told_as_an_outage(reason: str | None, named: str) -> None:
    attempts = (ended(Outcome.UNSUPPORTED, reason=reason),)

    failure = verdict(a_job(status=Status.RUNNING, attempts=attempts), NOON).failure

    assert failure is not None
    assert (failure.code, named in failure.message, "now" in failure.message) == ("unsupported_option", True, False)


def test_where_one_of_several_providers_was_down_it_may_help_to_ask_again() -> None:
    attempts = (ended(Outcome.UNSUPPORTED), ended(Outcome.UNAVAILABLE, 2, "second"))

    failure = verdict(a_job(status=Status.RUNNING, attempts=attempts), NOON).failure

    assert failure is not None
    assert failure.code == "providers_unavailable"


def test_what_its_owner_reads_of_a_job_that_ended_is_written_when_it_ends() -> None:
    attempts = (ended(Outcome.DELIVERED, images=(an_image(0),)),)

    job = verdict(a_job(status=Status.RUNNING, attempts=attempts, wake_by=NOON + 9), NOON + 5)

    assert (job.finished_at, job.images, job.failure, job.warnings) == (NOON + 5, (an_image(0),), None, ())
    assert job.wake_by is None
    assert job.attempts == attempts


def test_an_erased_job_is_looked_at_once_more_for_what_came_in_after_the_erasing() -> None:
    assert verdict(a_job(status=Status.RUNNING, erased=True), NOON + 5).wake_by == NOON + 5


def test_images_that_came_in_spite_of_a_cancel_are_a_success() -> None:
    attempts = (ended(Outcome.DELIVERED, images=(an_image(0),)),)

    job = verdict(a_job(status=Status.RUNNING, cancel_requested=True, attempts=attempts), NOON)

    assert (job.status, job.charged, job.failure) == (Status.SUCCEEDED, 6, None)


def a_ticket() -> Ticket:
    return Ticket(task_id="t", slots=(0,), submitted_at=NOON, look_at=NOON + 1, client_request_id="c")


@pytest.mark.parametrize(
    ("tickets", "why"), [((), "did not report within its lease"), ((a_ticket(),), "queue was not looked after")]
)
def test_an_attempt_without_an_end_is_closed_with_the_reason_and_counts_as_paid(
    tickets: tuple[Ticket, ...], why: str
) -> None:
    job = verdict(a_job(status=Status.RUNNING, attempts=(an_attempt(tickets=tickets),)), NOON + 500_000)

    [closed] = job.attempts
    assert (closed.outcome, closed.ended_at, closed.tickets) == (Outcome.ABANDONED, NOON + 500_000, ())
    assert closed.reason is not None
    assert why in closed.reason
    assert [(call.outcome, call.paid, call.milliseconds) for call in closed.calls] == [
        (Outcome.UNKNOWN, True, 500_000) for _ in tickets
    ]


def test_its_owner_is_told_who_served_it_and_what_is_missing_and_no_warning_twice() -> None:
    route = (a_step("openai"), a_step("second", credits_per_image=3, warnings=("No transparency.", "Known.")))
    attempts = (
        ended(Outcome.UNAVAILABLE),
        ended(Outcome.DELIVERED, 2, "second", slots=(0, 1), images=(an_image(0), an_image(1))),
    )
    running = a_job(status=Status.RUNNING, n=3, route=route, warnings=("Known.",), attempts=attempts)

    assert verdict(running, NOON).warnings == (
        "Known.",
        "openai could not make every image; second served this",
        "No transparency.",
        "2 of 3 images could be made; only those are charged",
    )


def test_two_makers_are_both_named() -> None:
    attempts = (
        ended(Outcome.DELIVERED, slots=(0, 1), images=(an_image(0),)),
        ended(Outcome.DELIVERED, 2, "second", slots=(1,), images=(an_image(1),)),
    )

    job = verdict(a_job(status=Status.RUNNING, n=2, attempts=attempts), NOON)

    assert job.warnings == ("openai could not make every image; openai and second served this",)


def test_a_job_without_images_has_no_warnings_of_its_route() -> None:
    route = (a_step("openai", warnings=("No transparency.",)),)

    assert verdict(a_job(status=Status.RUNNING, route=route, attempts=(ended(Outcome.UNKNOWN),)), NOON).warnings == ()


DEADLINE = NOON + 900_000
REFUSED = Failure(code="refused_by_provider", message="No.")


@pytest.mark.parametrize(
    ("attempts", "now", "code", "said"),
    [
        ((), DEADLINE - 1, "internal", "before any provider"),
        ((), DEADLINE, "deadline_exceeded", "could be asked"),
        ((ended(Outcome.SKIPPED),), DEADLINE, "deadline_exceeded", "could be asked"),
        ((ended(Outcome.SKIPPED),), NOON, "internal", "before any provider"),
        ((ended(Outcome.UNAVAILABLE),), DEADLINE, "deadline_exceeded", "was ready"),
        ((ended(Outcome.UNAVAILABLE),), DEADLINE - 1, "providers_unavailable", "tried: openai)"),
        ((ended(Outcome.MISCONFIGURED),), NOON, "provider_misconfigured", "operator"),
        ((ended(Outcome.MISCONFIGURED), ended(Outcome.SKIPPED, 2)), NOON, "provider_misconfigured", "operator"),
        (
            (ended(Outcome.MISCONFIGURED), ended(Outcome.UNAVAILABLE, 2, "second"), ended(Outcome.UNKNOWN, 3)),
            NOON,
            "providers_unavailable",
            "tried: openai, second)",
        ),
    ],
)
def test_why_a_job_failed_is_what_its_attempts_met(
    attempts: tuple[Attempt, ...], now: int, code: str, said: str
) -> None:
    failure = verdict(a_job(status=Status.RUNNING, attempts=attempts), now).failure

    assert failure is not None
    assert failure.code == code
    assert said in failure.message
    kept = verdict(a_job(status=Status.RUNNING, attempts=attempts, failure=REFUSED), now).failure
    assert kept == REFUSED  # what was found before is what is told
