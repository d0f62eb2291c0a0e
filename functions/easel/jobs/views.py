"""Jobs and credits as callers see them: camelCase, RFC 3339, and links that work for a while."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from easel.aws.bucket import Link
from easel.jobs import reasons
from easel.jobs.attempts import Attempt
from easel.jobs.model import Job, Status
from easel.jobs.request import Request
from easel.schemas import View, given, instant

Address = Callable[[str], str]  # from a path of ours to its public address


class Links(Protocol):
    """Where links to a job's images come from."""

    def __call__(self, job: Job, index: int, *, thumbnail: bool = False) -> Link:
        """A signed link to one of them."""


class ImageView(View):
    """An image: `url` works until `expiresAt`, `address` for as long as the image exists."""

    url: str
    expires_at: str
    address: str
    thumbnail_url: str
    width: int
    height: int
    mime_type: str
    bytes: int


class AttemptView(View):
    """One turn of one provider; `outcome` is null while it runs, `reason` one of a few stable sentences."""

    provider: str
    model: str
    outcome: str | None
    started_at: str
    milliseconds: int | None
    reason: str = ""


class ProgressView(View):
    """What is going on."""

    stage: Literal["waiting", "preparing", "generating", "storing"]
    attempt: int


class ChargeView(View):
    """Whole credits: set aside at the start, then charged or given back."""

    held: int
    charged: int
    returned: int


class ErrorView(View):
    """Why a job failed."""

    code: str
    message: str
    stage: str = ""
    categories: tuple[str, ...] = ()


class JobView(View):
    """A job as it stands. In lists it comes without `effectivePrompt` and `metadata`."""

    job_id: str
    status: Status
    mode: str
    model_id: str
    requested_model_id: str
    provider: str | None
    warnings: tuple[str, ...]
    effective_prompt: str = ""
    metadata: dict[str, str] = {}
    progress: ProgressView
    previews: tuple[dict[str, str], ...]
    images: tuple[ImageView, ...]
    attempts: tuple[AttemptView, ...]
    charge: ChargeView
    error: ErrorView | None = None
    cancel_requested: bool = False
    created_at: str
    started_at: str = ""
    finished_at: str = ""
    deadline_at: str


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
        previews=tuple({"url": link.url} for link in previews),
        images=tuple(_image(job, index, links, address) for index in range(len(job.images))),
        attempts=tuple(map(_attempt, job.attempts)),
        charge=ChargeView(held=job.held, charged=job.charged, returned=job.returned),
        created_at=instant(job.created_at),
        deadline_at=instant(job.deadline_at),
        **given(
            effective_prompt=request and request.effective_prompt,
            metadata=request and request.metadata,
            error=_error(job),
            cancel_requested=job.cancel_requested or None,
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


def _stage(job: Job) -> Literal["waiting", "preparing", "generating", "storing"]:
    if job.images or not job.missing:
        return "storing"
    if job.last and job.last.open:
        return "generating"
    return "preparing" if job.references and not job.prepared and job.status is Status.RUNNING else "waiting"


def _image(job: Job, index: int, links: Links, address: Address) -> ImageView:
    image, link = job.images[index], links(job, index)
    return ImageView(
        url=link.url,
        expires_at=instant(link.expires_at),
        address=address(f"/api/aiimage/jobs/{job.id}/images/{index}"),
        thumbnail_url=links(job, index, thumbnail=True).url,
        width=image.width,
        height=image.height,
        mime_type=image.mime_type,
        bytes=image.bytes,
    )


def _attempt(attempt: Attempt) -> AttemptView:
    return AttemptView(
        provider=attempt.provider,
        model=attempt.model,
        outcome=attempt.outcome,
        started_at=instant(attempt.started_at),
        milliseconds=None if attempt.ended_at is None else attempt.ended_at - attempt.started_at,
        **given(reason=reasons.told(attempt)),
    )


def _error(job: Job) -> ErrorView | None:
    failure = job.failure
    if failure is None or job.status is not Status.FAILED:
        return None
    facts = given(stage=failure.stage, categories=failure.categories or None)
    return ErrorView(code=failure.code, message=failure.message, **facts)
