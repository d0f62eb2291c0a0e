"""A picture that was waited for, as its caller sees it: inline, by link, where to ask again, or why there is none."""

import base64
from collections.abc import Callable
from typing import Literal

from easel.aws.bucket import Link
from easel.errors import JobFailed
from easel.jobs.model import Job, Status
from easel.jobs.views import Address, maker, status_path
from easel.schemas import View, given
from easel.submission.start import Started

RETRY_AFTER_SECONDS = 2


class QuickView(View):
    """A picture that was waited for, or where to ask for it."""

    provider: str | None
    image: str | None
    image_url: str = ""
    mime_type: str = ""
    width: int = 0
    height: int = 0
    model_id: str = ""
    requested_model_id: str = ""
    job_id: str
    job_token: str = ""
    warnings: tuple[str, ...] = ()
    status: Status = Status.QUEUED
    status_url: str = ""
    retry_after_seconds: int = 0


def answer(
    started: Started,
    *,
    image_format: Literal["base64", "url"],
    picture: Callable[[Job], bytes | None],
    link: Callable[[Job, int], Link],
    address: Address,
) -> QuickView:
    """The answer to a quick request. Raises JobFailed where there will be no picture."""
    job = started.job
    if job.status is Status.SUCCEEDED:
        return _ready(started, picture(job) if image_format == "base64" else None, link)
    if job.final:
        raise failure_of(job)
    return QuickView(
        provider=maker(job),
        image=None,
        job_id=job.id,
        status=job.status,
        status_url=address(status_path(job)),
        retry_after_seconds=RETRY_AFTER_SECONDS,
        **given(job_token=started.job_token, warnings=job.warnings or None),
    )


def _ready(started: Started, content: bytes | None, link: Callable[[Job, int], Link]) -> QuickView:
    job, image = started.job, started.job.images[0]
    return QuickView(
        provider=maker(job),
        image=None if content is None else base64.b64encode(content).decode(),
        mime_type=image.mime_type,
        width=image.width,
        height=image.height,
        model_id=job.model_id,
        requested_model_id=job.requested_model_id,
        job_id=job.id,
        warnings=job.warnings,
        **given(image_url=link(job, 0).url if content is None else None, job_token=started.job_token),
    )


def failure_of(job: Job) -> JobFailed:
    """The error of a job that ended without a picture."""
    if job.status is Status.CANCELED:
        return JobFailed("canceled", "The job was canceled; its credits are back.", job_id=job.id)
    failure = job.failure
    if failure is None:
        return JobFailed("internal", "The job failed; its credits are back.", job_id=job.id)
    facts = given(stage=failure.stage, categories=list(failure.categories) or None)
    return JobFailed(failure.code, f"{failure.message} Its credits are back.", job_id=job.id, **facts)
