"""Jobs and credits as callers see them: camelCase, RFC 3339, and links that work for a while."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Protocol

from pydantic import Field

from easel.aws.bucket import Link
from easel.catalog.plan import Mode
from easel.jobs import reasons
from easel.jobs.attempts import Attempt, StoredImage
from easel.jobs.file_names import ENDINGS, speaking_name
from easel.jobs.model import Job, Status
from easel.jobs.request import Request
from easel.jobs.request_view import RequestView, request_view
from easel.providers.protocol import Outcome
from easel.schemas import Moment, Url, View, given, instant

Address = Callable[[str], str]  # from a path of ours to its public address
JobId = Annotated[str, Field(description="the job's name in every address and command")]


class Links(Protocol):
    """Where links to a job's images come from."""

    def __call__(self, job: Job, index: int, *, thumbnail: bool = False, download: str | None = None) -> Link:
        """A signed link to one of them; `download` is the name under which a browser saves it."""


class ObjectView(View):
    """An object in S3, for services of the account whose role may read it."""

    bucket: str = Field(description="the stage's own bucket")
    key: str = Field(description="where it lies in it")


class ImageView(View):
    """An image: `url` works until `expiresAt`, `address` for as long as the image exists."""

    slot: int = Field(description="its place among the `n` that were asked for; the first is 0")
    url: Url = Field(description="a signed link to the file itself")
    download_url: Url = Field(description="the same for a browser to save, under a name that says what it shows")
    expires_at: Moment = Field(description="when the signed links stop working; ask again for fresh ones")
    address: Url = Field(description="leads to a fresh link; opened by whoever may see the job")
    thumbnail_url: Url = Field(description="a signed link to a small WebP of it")
    width: int = Field(description="in pixels")
    height: int = Field(description="in pixels")
    mime_type: str = Field(description="image/png, image/jpeg or image/webp")
    bytes: int = Field(description="the size of the file")
    s3: ObjectView | None = Field(None, description="where the file lies; in answers to commands alone")


class AttemptView(View):
    """One turn of one provider; `outcome` is null while it runs, `reason` one of a few stable sentences."""

    provider: str = Field(description="who was asked")
    model: str = Field(description="the model that was asked, by its name in `GET /api/models`")
    outcome: Outcome | None = Field(description="how it ended; null while it runs")
    started_at: Moment = Field(description="when it began")
    milliseconds: int | None = Field(description="how long it took; null while it runs")
    reason: str = Field("", description="one of a few stable sentences, where there is something to explain")


class ProgressView(View):
    """What is going on."""

    stage: Literal["waiting", "preparing", "generating", "storing"] = Field(description="what the job does just now")
    attempt: int = Field(description="how many turns of providers there have been; 0 before the first")


class ChargeView(View):
    """Whole credits: set aside at the start, then charged or given back."""

    held: int = Field(description="set aside when the job was started; it is never charged more")
    charged: int = Field(description="taken for what was delivered; 0 until the job has ended")
    returned: int = Field(description="given back; 0 until the job has ended")


class ErrorView(View):
    """Why a job failed."""

    code: str = Field(description="stable, such as content_refused or providers_unavailable")
    message: str = Field(description="what happened, in a sentence")
    stage: str = Field("", description="of content_refused: what was refused, such as prompt or result")
    categories: tuple[str, ...] = Field((), description="of content_refused: for what")


class PreviewView(View):
    """A partial image of a job that is being made; it is gone once the job has ended."""

    url: Url = Field(description="a signed link to it")


class JobView(View):
    """A job as it stands. In lists `effectivePrompt`, `metadata` and `request` come if asked for."""

    job_id: JobId
    status: Status = Field(description="the last three are final")
    mode: Mode = Field(description="whether it was made from text alone or from references")
    model_id: str = Field(description="the model that was to serve the job")
    served_model_id: str = Field("", description="the model that made the images; left out while there are none")
    requested_model_id: str = Field(description="the model that was named; another one where that is retired")
    provider: str | None = Field(description="who made the images; while there are none, who was asked last")
    warnings: tuple[str, ...] = Field(description="what was done otherwise than asked, each in a sentence")
    effective_prompt: str = Field("", description="what the provider is asked, with the template of the feature")
    metadata: dict[str, str] = Field({}, description="as it was sent")
    request: RequestView | None = Field(None, description="what was asked for, as it was sent")
    progress: ProgressView = Field(description="what is going on")
    previews: tuple[PreviewView, ...] = Field(description="partial images, while it runs and where they were asked for")
    images: tuple[ImageView, ...] = Field(
        description="what is there so far; until the job has ended, places may be empty"
    )
    attempts: tuple[AttemptView, ...] = Field(description="every turn of a provider, the first one first")
    charge: ChargeView = Field(description="what it costs, in whole credits")
    error: ErrorView | None = Field(None, description="why it failed, where `status` is failed")
    cancel_requested: bool = Field(False, description="true once somebody asked to cancel it")
    starred: bool = Field(False, description="true where its owner starred it")
    created_at: Moment = Field(description="when it was accepted")
    started_at: Moment = Field("", description="when the first provider was asked")
    finished_at: Moment = Field("", description="when it ended")
    deadline_at: Moment = Field(description="when it ends at the latest")


class JobsView(View):
    """A page of jobs, newest first; `cursor` leads to the next, even of a page that has few or none."""

    jobs: tuple[JobView, ...] = Field(description="the newest first")
    cursor: str | None = Field(description="what leads to the next page; null on the last one")


def status_path(job: Job) -> str:
    """Where a job's status is."""
    return f"/api/aiimage/status/{job.id}"


def status(
    job: Job, request: Request | None, *, links: Links, address: Address, previews: Sequence[Link] = ()
) -> JobView:
    """The answer of `status`."""
    return JobView(
        job_id=job.id,
        status=job.status,
        mode=job.mode,
        model_id=job.model_id,
        requested_model_id=job.requested_model_id,
        provider=maker(job),
        warnings=job.warnings,
        progress=ProgressView(stage=_stage(job), attempt=len(job.attempts)),
        previews=tuple(PreviewView(url=link.url) for link in previews),
        images=_images(job, request, links, address),
        attempts=attempt_views(job),
        charge=ChargeView(held=job.held, charged=job.charged, returned=job.returned),
        created_at=instant(job.created_at),
        deadline_at=instant(job.deadline_at),
        **given(
            effective_prompt=request and request.effective_prompt,
            metadata=request and request.metadata,
            request=request and request_view(job, request),
            served_model_id=served_model(job),
            error=error_of(job),
            cancel_requested=job.cancel_requested or None,
            starred=job.starred or None,
            started_at=None if job.started_at is None else instant(job.started_at),
            finished_at=None if job.finished_at is None else instant(job.finished_at),
        ),
    )


def maker(job: Job) -> str | None:
    """Who made the images; while there are none, who was asked last."""
    delivered = job.delivered()
    if delivered:
        return delivered[0][0].provider
    return job.last.provider if job.last else None


def served_model(job: Job) -> str | None:
    """The model that made the images, the first of them where they are of several; None while there are none."""
    delivered = job.delivered()
    return delivered[0][0].model if delivered else None


def attempt_views(job: Job) -> tuple[AttemptView, ...]:
    """Every turn of a provider, the first one first."""
    return tuple(map(_attempt, job.attempts))


def _stage(job: Job) -> Literal["waiting", "preparing", "generating", "storing"]:
    if (job.final and job.images) or not job.missing:
        return "storing"
    if job.last and job.last.open:
        return "generating"
    return "preparing" if job.references and not job.prepared and job.status is Status.RUNNING else "waiting"


def _images(job: Job, request: Request | None, links: Links, address: Address) -> tuple[ImageView, ...]:
    return tuple(
        _image(job, image, index if job.final else image.slot, request, links, address)
        for index, image in enumerate(job.images)
    )


def _image(
    job: Job, image: StoredImage, index: int, request: Request | None, links: Links, address: Address
) -> ImageView:
    link, name = links(job, index), saved_as(job, image, request.prompt if request else None)
    return ImageView(
        slot=image.slot,
        url=link.url,
        download_url=links(job, index, download=name).url,
        expires_at=instant(link.expires_at),
        address=address(f"/api/aiimage/jobs/{job.id}/images/{index}"),
        thumbnail_url=links(job, index, thumbnail=True).url,
        width=image.width,
        height=image.height,
        mime_type=image.mime_type,
        bytes=image.bytes,
    )


def saved_as(job: Job, image: StoredImage, prompt: str | None) -> str:
    """The name under which a browser saves an image: what it shows, which of several it is, and of what kind.

    With an ending of its own, nothing of a prompt is taken for one.
    """
    said = speaking_name(prompt, job.created_at, image.slot + 1 if job.n > 1 else None)
    return f"{said}.{ENDINGS[image.mime_type][0]}"


def _attempt(attempt: Attempt) -> AttemptView:
    return AttemptView(
        provider=attempt.provider,
        model=attempt.model,
        outcome=attempt.outcome,
        started_at=instant(attempt.started_at),
        milliseconds=None if attempt.ended_at is None else attempt.ended_at - attempt.started_at,
        **given(reason=reasons.told(attempt)),
    )


def error_of(job: Job) -> ErrorView | None:
    """Why a job failed, as its owner is told; None of any other job."""
    failure = job.failure
    if failure is None or job.status is not Status.FAILED:
        return None
    facts = given(stage=failure.stage, categories=failure.categories or None)
    return ErrorView(code=failure.code, message=failure.message, **facts)
