"""What a caller is handed when a job was accepted."""

from pydantic import Field

from easel.jobs.model import Job, Status
from easel.jobs.request import Request
from easel.jobs.views import Address, JobId, status_path
from easel.schemas import Moment, Url, View, given, instant


class HeldView(View):
    """Credits set aside for a job, and what was left then."""

    held: int = Field(description="set aside: the most that the job is charged")
    available: int = Field(description="what could still be spent when the job was accepted")


class StartedView(View):
    """A job that was accepted."""

    job_id: JobId
    status: Status = Field(description="queued, or further where the same key began the job before")
    status_url: Url = Field(description="where to ask how it goes; the header `Location` says the same")
    credits: HeldView = Field(description="what was set aside for it, in whole credits")
    model_id: str = Field(description="the model that serves the job")
    requested_model_id: str = Field(description="the model that was named; another one where that is retired")
    effective_prompt: str = Field(description="what the provider is asked, with the template of the feature")
    warnings: tuple[str, ...] = Field(description="what is done otherwise than asked, each in a sentence")
    created_at: Moment = Field(description="when it was accepted")
    deadline_at: Moment = Field(description="when it ends at the latest")
    job_token: str = Field("", description="shown once to who has not signed in: the key to this job")


def started(job: Job, request: Request, *, available: int, address: Address, job_token: str | None) -> StartedView:
    """The answer of `start`."""
    return StartedView(
        job_id=job.id,
        status=job.status,
        status_url=address(status_path(job)),
        credits=HeldView(held=job.held, available=available),
        model_id=job.model_id,
        requested_model_id=job.requested_model_id,
        effective_prompt=request.effective_prompt,
        warnings=job.warnings,
        created_at=instant(job.created_at),
        deadline_at=instant(job.deadline_at),
        **given(job_token=job_token),
    )
