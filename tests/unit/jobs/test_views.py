from typing import Any

import pytest

from easel.aws.bucket import Link
from easel.credits import views as credits_views
from easel.credits.ledger import Entries
from easel.credits.model import Balance, Entry, Grant
from easel.jobs import started_view
from easel.jobs import views as jobs_views
from easel.jobs.model import Failure, Job, Status
from easel.providers.protocol import Outcome
from tests.support import builders
from tests.support.doors import SAID, a_done_job, a_job
from tests.support.fakes import NOON


def links(job: Job, index: int, *, thumbnail: bool = False, download: str | None = None) -> Link:
    said = f"?as={download}" if download else ""
    return Link(f"https://bucket.example/{'thumb' if thumbnail else 'image'}{index}{said}", NOON + 300_000)


def address(path: str) -> str:
    return f"https://images.example{path}"


def shown(job: Job, **changes: Any) -> dict[str, Any]:
    return jobs_views.status(job, SAID, links=links, address=address).body()


def test_a_finished_job_is_shown_as_the_contract_says() -> None:
    assert shown(a_done_job()) == {
        "jobId": "job1",
        "status": "succeeded",
        "mode": "text_to_image",
        "modelId": "gpt-image-2",
        "servedModelId": "openai-model",
        "requestedModelId": "dall-e-3",
        "provider": "openai",
        "warnings": ["dall-e-3 was retired on 2026-05-12; gpt-image-2 served this"],
        "effectivePrompt": "a ceramic lamp, please",
        "metadata": {"order": "17"},
        "request": {
            "prompt": "a ceramic lamp",
            "mode": "text_to_image",
            "modelId": "dall-e-3",
            "size": "1024x1024",
            "quality": "medium",
            "n": 1,
            "outputFormat": "png",
            "references": [],
            "mask": False,
            "markup": False,
        },
        "progress": {"stage": "storing", "attempt": 1},
        "previews": [],
        "images": [
            {
                "slot": 0,
                "url": "https://bucket.example/image0",
                "downloadUrl": "https://bucket.example/image0?as=a ceramic lamp.png",
                "expiresAt": "2026-10-28T12:05:00.000Z",
                "address": "https://images.example/api/aiimage/jobs/job1/images/0",
                "thumbnailUrl": "https://bucket.example/thumb0",
                "width": 1024,
                "height": 1024,
                "mimeType": "image/png",
                "bytes": 4,
            }
        ],
        "attempts": [
            {
                "provider": "openai",
                "model": "openai-model",
                "outcome": "delivered",
                "startedAt": "2026-10-28T12:00:00.000Z",
                "milliseconds": 7000,
            }
        ],
        "charge": {"held": 6, "charged": 6, "returned": 0},
        "createdAt": "2026-10-28T12:00:00.000Z",
        "startedAt": "2026-10-28T12:00:00.000Z",
        "finishedAt": "2026-10-28T12:00:07.500Z",
        "deadlineAt": "2026-10-28T12:15:00.000Z",
    }


def test_what_has_not_happened_is_left_out() -> None:
    view = shown(a_job())

    assert view["provider"] is None
    assert not {"error", "cancelRequested", "startedAt", "finishedAt"} & set(view)


def test_a_failed_job_says_why_and_what_came_back() -> None:
    failure = Failure(code="content_refused", message="Refused.", stage="input", categories=("violence",))

    view = shown(a_job(status=Status.FAILED, failure=failure, returned=6))

    assert view["error"] == {
        "code": "content_refused",
        "message": "Refused.",
        "stage": "input",
        "categories": ["violence"],
    }
    assert view["charge"] == {"held": 6, "charged": 0, "returned": 6}


def test_a_job_that_is_to_end_says_so() -> None:
    assert shown(a_job(status=Status.RUNNING, cancel_requested=True))["cancelRequested"] is True


def test_a_fallback_is_never_silent() -> None:
    first = builders.an_attempt(
        1, outcome=Outcome.UNAVAILABLE, provider="openai", reason="openai: 500", ended_at=NOON + 40
    )
    second = a_done_job().attempts[0].model_copy(update={"number": 2, "provider": "second"})

    view = shown(a_done_job(attempts=(first, second)))

    assert view["provider"] == "second"
    assert [(each["provider"], each["outcome"], each.get("reason")) for each in view["attempts"]] == [
        ("openai", "unavailable", "it failed, or answered without a usable image"),
        ("second", "delivered", None),
    ]


@pytest.mark.parametrize("outcome", Outcome)
def test_what_a_provider_said_to_its_operator_is_not_told_to_callers(outcome: Outcome) -> None:
    said = "openai: 401 invalid_api_key; put a valid key into the providers' secret"
    attempt = builders.an_attempt(1, outcome=outcome, reason=said, ended_at=NOON)

    reason = shown(a_job(attempts=(attempt,)))["attempts"][0].get("reason", "")

    assert reason
    assert not any(word in reason for word in ("secret", "key", "401", "openai"))


@pytest.mark.parametrize(
    ("job", "stage"),
    [
        (a_job(), "waiting"),
        (a_job(status=Status.RUNNING, references=1), "preparing"),
        (a_job(status=Status.RUNNING, attempts=(builders.an_attempt(1, outcome=None),)), "generating"),
        (a_job(status=Status.RUNNING, attempts=(builders.an_attempt(1, outcome=Outcome.BUSY),)), "waiting"),
        (a_done_job(status=Status.RUNNING, images=()), "storing"),
    ],
)
def test_progress_is_told_from_what_is_written_down(job: Job, stage: str) -> None:
    assert shown(job)["progress"]["stage"] == stage


def test_an_open_attempt_has_no_outcome_yet() -> None:
    view = shown(a_job(status=Status.RUNNING, attempts=(builders.an_attempt(1, outcome=None),)))

    assert (view["attempts"][0]["outcome"], view["attempts"][0]["milliseconds"]) == (None, None)


def test_a_start_is_shown_as_the_contract_says() -> None:
    view = started_view.started(a_job(), SAID, available=94, address=address, job_token=None).body()

    assert view == {
        "jobId": "job1",
        "status": "queued",
        "statusUrl": "https://images.example/api/aiimage/status/job1",
        "credits": {"held": 6, "available": 94},
        "modelId": "gpt-image-2",
        "requestedModelId": "dall-e-3",
        "effectivePrompt": "a ceramic lamp, please",
        "warnings": ["dall-e-3 was retired on 2026-05-12; gpt-image-2 served this"],
        "createdAt": "2026-10-28T12:00:00.000Z",
        "deadlineAt": "2026-10-28T12:15:00.000Z",
    }


def test_a_balance_shows_each_grant_with_its_expiry() -> None:
    bought = Grant(id="g1", amount=90, created_at=NOON)
    gift = Grant(id="g2", kind="promotional", amount=4, created_at=NOON, expires_at=NOON + 1)

    view = credits_views.balance(Balance(owner="o", available=94, held=6, grants=(gift, bought)), buy_url=None)

    assert view == {
        "available": 94,
        "held": 6,
        "grants": [
            {
                "grantId": "g2",
                "kind": "promotional",
                "amount": 4,
                "createdAt": "2026-10-28T12:00:00.000Z",
                "expiresAt": "2026-10-28T12:00:00.001Z",
            },
            {"grantId": "g1", "kind": "paid", "amount": 90, "createdAt": "2026-10-28T12:00:00.000Z"},
        ],
    }


def test_a_ledger_page_shows_movements_and_where_to_go_on() -> None:
    moves = {"held": -6, "charged": 6, "available": 0}
    entry = Entry(owner="o", seq=3, kind="settle", at=NOON, moves=moves, job="job1", previous="0")

    view = credits_views.entries(Entries((entry,), 3))

    assert view == {
        "entries": [
            {
                "seq": 3,
                "kind": "settle",
                "at": "2026-10-28T12:00:00.000Z",
                "moves": {"held": -6, "charged": 6},
                "jobId": "job1",
            }
        ],
        "cursor": "3",
    }


def test_of_very_many_grants_those_that_are_spent_first_are_shown_and_the_others_counted() -> None:
    grants = tuple(Grant(id=f"g{number}", amount=1, created_at=NOON) for number in range(160))

    view = credits_views.balance(Balance(owner="o", available=160, grants=grants), buy_url=None)

    assert [shown["grantId"] for shown in view["grants"]] == [f"g{number}" for number in range(100)]
    assert (view["available"], view["moreGrants"]) == (160, 60)
