"""Star a job, so that its owner finds it again, and take the star back."""

from dataclasses import dataclass

from pydantic import Field

from easel.identity.callers import Caller
from easel.jobs.model import Job
from easel.jobs.store import Store
from easel.library.owned import own
from easel.schemas import Body


class JobChange(Body):
    """What an owner changes of a job."""

    starred: bool = Field(description="whether to find it among the starred ones")


@dataclass(frozen=True)
class Star:
    """Writes the star on the job."""

    store: Store

    def __call__(self, job_id: str, *, starred: bool, caller: Caller) -> Job:
        """The job with or without its star; a second time changes nothing.

        Raises NotFound (absent and foreign alike), JobErased, and Busy where the row kept changing.
        """

        def plan(found: Job | None) -> Job:
            job = own(found, caller)
            return job if job.starred == starred else job.moved(starred=starred)

        return self.store.change_or_busy(job_id, plan)
