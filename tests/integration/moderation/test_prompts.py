"""What is not made here is refused before anything is held, or before anybody sees it."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from easel.errors import Busy, CallerError, ContentRefused, RateLimited, UnsupportedOption
from easel.jobs.model import Job, Status
from tests.support.fakes import png
from tests.support.world import ANN, BOB, NOBODY, World

DATA = f"data:image/png;base64,{base64.b64encode(png()).decode()}"


def refusal(world: World, prompt: str, kind: type[CallerError] = ContentRefused, **how: Any) -> CallerError:
    with pytest.raises(kind) as caught:
        world.begin(prompt=prompt, **how)
    return caught.value


def test_the_operators_words_are_refused_before_anything_is_held(world: World) -> None:
    world.moderating(words=["forbidden lamp", "evil*"])

    for prompt in ("a Forbidden,  LAMP", "the ｅｖｉｌｅｓｔ cat", "ev\u00adil"):
        error = refusal(world, prompt)
        assert error.facts == {"stage": "prompt", "categories": ["operator_words"]}
    assert world.begin(prompt="a lamp, not forbidden; medieval").job.checks[0].decision == "passed"
    assert world.meter.counts["ContentRefused"] == 3


def test_a_refusal_holds_nothing_and_keeps_nothing_of_the_words(world: World) -> None:
    world.moderating(openai=True)
    world.flagged["knives"] = 0.95

    error = refusal(world, "many knives", references=[{"data": DATA}])

    assert error.facts["categories"] == ["violence"]
    assert world.available() == 100
    assert world.s3.list_objects_v2(Bucket="assets").get("Contents", []) == []
    kept = [world.dynamodb.scan(TableName=table)["Items"] for table in ("jobs", "credits", "limits")]
    assert "knives" not in json.dumps(kept)


def test_a_score_below_its_threshold_passes(world: World) -> None:
    world.moderating(openai=True)
    world.flagged["knives"] = 0.89

    job = world.run(world.begin(prompt="many knives").job.id)

    assert job.status is Status.SUCCEEDED
    assert [(check.stage, check.decision) for check in job.checks] == [("prompt", "passed")]


def test_out_of_reach_it_is_open_with_a_flag_for_the_signed_in_and_asked_again(world: World) -> None:
    world.moderating(openai=True)
    world.flagged["knives"], world.unmoderated = 0.95, True
    job_id = world.begin(prompt="many knives").job.id
    assert world.job(job_id).checks[0].decision == "unchecked"

    world.unmoderated = False
    job = world.run(job_id)

    assert _why(job) == ("content_refused", "prompt", ("violence",))
    assert world.providers["openai"].orders == []
    assert world.available() == 100


def test_out_of_reach_all_along_the_signed_in_are_served(world: World) -> None:
    world.moderating(openai=True)
    world.unmoderated = True

    job = world.run(world.begin(prompt="a lamp").job.id)

    assert (job.status, job.checks[0].decision) == (Status.SUCCEEDED, "unchecked")


def test_out_of_reach_it_is_closed_for_those_without_a_name(world: World) -> None:
    world.allowing(anonymous=True, anonymous_daily_credits=100).moderating(openai=True)
    world.unmoderated = True

    error = refusal(world, "a lamp", Busy, caller=NOBODY)

    assert error.retry_after_seconds


def test_references_are_looked_at_before_a_provider_sees_them(world: World) -> None:
    world.moderating(openai=True)
    world.flagged["image/png"] = 0.99

    job = world.run(world.begin(references=[{"data": DATA}]).job.id)

    assert _why(job) == ("content_refused", "references", ("violence",))
    assert world.providers["openai"].orders == []


def test_results_are_looked_at_where_that_is_switched_on(world: World) -> None:
    world.moderating(openai=True, results=True)
    world.flagged["image/png"] = 0.99

    job = world.run(world.begin().job.id)

    assert _why(job) == ("content_refused", "results", ("violence",))
    assert (job.images, world.available()) == ((), 100)
    assert [call.paid for attempt in job.attempts for call in attempt.calls] == [True]
    assert world.s3.list_objects_v2(Bucket="assets").get("Contents", []) == []


def test_no_preview_shows_what_is_looked_at_first(world: World) -> None:
    begun = world.begin(previews=2).job.id
    world.moderating(openai=True, results=True)

    with pytest.raises(UnsupportedOption, match="previews"):
        world.begin(previews=2)
    world.run(begun)  # from before that was switched on

    assert [order.previews for order in world.providers["openai"].orders] == [0]
    assert world.available() == 100 - world.job(begun).charged


def test_previews_are_shown_where_only_prompts_are_looked_at(world: World) -> None:
    world.moderating(openai=True)

    world.run(world.begin(previews=2).job.id)

    assert [order.previews for order in world.providers["openai"].orders] == [2]


def test_who_is_refused_too_often_waits_until_midnight(world: World) -> None:
    world.give(BOB, 100)
    world.moderating(words=["knives"], refusals_a_day=3)
    for _ in range(3):
        refusal(world, "knives")

    error = refusal(world, "a lamp", RateLimited)

    assert error.retry_after_seconds == 12 * 3600 + 1
    assert world.begin(BOB, prompt="a lamp")
    world.clock.forward(12 * 3600 + 1)
    assert world.begin(ANN, prompt="a lamp")


def test_strangers_who_are_refused_too_often_wait_by_their_address_and_not_for_each_other(world: World) -> None:
    world.allowing(anonymous=True, anonymous_daily_credits=100)
    world.moderating(words=["knives"], refusals_a_day=3)
    offender, neighbour = replace(NOBODY, address="2001:db8:1:2::1"), replace(NOBODY, address="2001:db8:1:3::1")
    for last in range(3):
        refusal(world, "knives", caller=replace(NOBODY, address=f"2001:db8:1:2::{last}"))

    error = refusal(world, "a lamp", RateLimited, caller=offender)

    assert error.retry_after_seconds == 12 * 3600 + 1
    assert world.begin(neighbour, prompt="a lamp")
    assert world.begin(replace(ANN, address="2001:db8:1:2::1"), prompt="a lamp")
    assert "2001:db8" not in json.dumps(world.dynamodb.scan(TableName="limits")["Items"])
    world.clock.forward(12 * 3600 + 1)
    assert world.begin(offender, prompt="a lamp")


def test_who_has_neither_name_nor_address_is_refused_and_counted_with_nobody(world: World) -> None:
    world.allowing(anonymous=True, anonymous_daily_credits=100)
    world.moderating(words=["knives"], refusals_a_day=1)
    refusal(world, "knives", caller=NOBODY)

    assert world.begin(NOBODY, prompt="a lamp")
    assert world.meter.counts["ContentRefused"] == 1


def test_a_replay_is_answered_whatever_is_refused_since(world: World) -> None:
    first = world.begin(key="k", prompt="knives")
    world.moderating(words=["knives"])

    assert world.begin(key="k", prompt="knives").job.id == first.job.id


def _why(job: Job) -> tuple[str, str | None, tuple[str, ...]]:
    assert job.failure
    return job.failure.code, job.failure.stage, job.failure.categories
