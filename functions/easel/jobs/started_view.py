"""What a caller is handed when a job was accepted."""

from easel.jobs.model import Job, Status
from easel.jobs.request import Request
from easel.jobs.views import Address, status_path
from easel.schemas import View, given, instant


class HeldView(View):
    """Credits set aside for a job, and what was left then."""

    held: int
    available: int


class StartedView(View):
    """A job that was accepted."""

    job_id: str
    status: Status
    status_url: str
    credits: HeldView
    model_id: str
    requested_model_id: str
    effective_prompt: str
    warnings: tuple[str, ...]
    created_at: str
    deadline_at: str
    job_token: str = ""


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
