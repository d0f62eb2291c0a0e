"""A picture that was waited for, as its caller sees it: inline, by link, where to ask again, or why there is none."""

import base64
from collections.abc import Callable
from typing import Literal

from pydantic import Field

from easel.aws.bucket import Link
from easel.errors import JobFailed
from easel.jobs.model import Job, Status
from easel.jobs.views import Address, AttemptView, JobId, attempt_views, maker, served_model, status_path
from easel.schemas import Url, View, given
from easel.submission.start import Started

RETRY_AFTER_SECONDS = 2


class QuickView(View):
    """A picture that was waited for, or where to ask for it."""

    provider: str | None = Field(description="who made it; while there is none, who was asked last")
    image: str | None = Field(description="the file in base64; null where it comes by link or is not ready")
    image_url: Url = Field("", description="a signed link, in place of `image`")
    mime_type: str = Field("", description="image/png, image/jpeg or image/webp")
    width: int = Field(0, description="in pixels")
    height: int = Field(0, description="in pixels")
    model_id: str = Field("", description="the model that was to serve; `servedModelId` says which did")
    served_model_id: str = Field("", description="the model that made it")
    requested_model_id: str = Field("", description="the model that was named; another one where that is retired")
    attempts: tuple[AttemptView, ...] = Field(
        (), description="every turn of a provider, the first one first: who was asked, and how that ended"
    )
    job_id: JobId
    job_token: str = Field("", description="shown once to who has not signed in: the key to this job")
    warnings: tuple[str, ...] = Field((), description="what was done otherwise than asked, each in a sentence")
    status: Status = Field(Status.QUEUED, description="where the job stands, where the image is not ready")
    status_url: Url = Field("", description="where to ask how it goes; the header `Location` says the same")
    retry_after_seconds: int = Field(0, description="when to ask; the header `Retry-After` says the same")


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
        attempts=attempt_views(job),
        job_id=job.id,
        warnings=job.warnings,
        **given(
            served_model_id=served_model(job),
            image_url=link(job, 0).url if content is None else None,
            job_token=started.job_token,
        ),
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
