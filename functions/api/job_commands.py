"""The commands of the door `status` about jobs: read one or several, wait until one has ended."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Protocol

from pydantic import Field

from easel.aws.bucket import Link
from easel.clock import SECOND
from easel.errors import CallerError
from easel.http.commands import Command, CommandCall, JobNamed, Problem, refusal
from easel.http.door import Door
from easel.http.gateway import Gate
from easel.jobs.model import Job
from easel.jobs.read import JobReader
from easel.jobs.store import JobWithRequest
from easel.jobs.views import JobView, ObjectView
from easel.jobs.wait import WatchMany
from easel.schemas import Body, View

JOBS_MAX = 50
WAIT_SECONDS_MAX = 60
Wait = Annotated[int, Field(ge=0, le=WAIT_SECONDS_MAX)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class GetJob(JobNamed):
    """The request of `get_job`."""

    wait: Wait = Field(0, description="seconds to wait for its end, up to about 24")


class GetJobs(Body):
    """The request of `get_jobs`."""

    job_ids: Annotated[tuple[Name, ...], Field(strict=False, min_length=1, max_length=JOBS_MAX)] = Field(
        description="of the answers to their starts"
    )
    wait: Wait = Field(
        0, description="seconds to wait until one of them has ended, up to about 24; leave out those that have"
    )


class JobAnswer(View):
    """One job of the list: `job` where there is such a job, else `error`."""

    job_id: str = Field(description="as it was sent")
    job: JobView | None = Field(None, description="the answer of `get_job`")
    error: Problem | None = Field(None, description="why it is not shown")


class JobAnswers(View):
    """Each job of a list."""

    jobs: tuple[JobAnswer, ...] = Field(description="in the order of the request")


class Reading(Protocol):
    """What these commands work with."""

    @property
    def gate(self) -> Gate:
        """The gateway in front of the door."""

    @property
    def status(self) -> JobReader:
        """Reads jobs."""

    @property
    def watch_many(self) -> WatchMany:
        """Reads a list of jobs, and waits until one of them has ended."""


def name_objects(body: dict[str, Any], job: Job, *, bucket: str) -> dict[str, Any]:
    """Say of each image where it lies; only commands are told, whose callers may have a role that reads there."""
    for shown, image in zip(body["images"], job.images, strict=True):
        shown["s3"] = ObjectView(bucket=bucket, key=image.key).body()
    return body


def add_to(door: Door[Any], shown: Callable[[JobWithRequest, Sequence[Link]], dict[str, Any]]) -> None:
    """Add the commands to a door whose `deps` are `Reading`; `shown` is the body of a job with its previews."""

    def read(order: CommandCall, *job_ids: str) -> list[JobWithRequest | CallerError]:
        use: Reading = door.deps()
        wait = min(order.ask.wait, use.gate.door_seconds)
        return use.watch_many(job_ids, caller=order.caller, until=use.gate.clock.now() + wait * SECOND)

    def get_job(order: CommandCall) -> dict[str, Any]:
        [found] = read(order, order.ask.job_id)
        if isinstance(found, CallerError):
            raise found
        return whole(found)

    def whole(found: JobWithRequest) -> dict[str, Any]:
        use: Reading = door.deps()
        found = replace(found, job=use.status.with_arrived(found.job))
        body = shown(found, use.status.previews(found.job))
        return name_objects(body, found.job, bucket=use.status.assets.bucket)

    def get_jobs(order: CommandCall) -> dict[str, Any]:
        found = zip(order.ask.job_ids, read(order, *order.ask.job_ids), strict=True)
        return {"jobs": [{"jobId": job_id, **told(each, order)} for job_id, each in found]}

    def told(found: JobWithRequest | CallerError, order: CommandCall) -> dict[str, Any]:
        return refusal(found, order.named) if isinstance(found, CallerError) else {"job": whole(found)}

    door.command(Command("get_job", GetJob, get_job, answer=JobView))
    door.command(Command("get_jobs", GetJobs, get_jobs, answer=JobAnswers))
