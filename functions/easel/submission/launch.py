"""The start of a held job's execution, and the mark that its caller gets an answer."""

from dataclasses import dataclass

from easel.aws.dynamodb import Contended
from easel.aws.state_machine import StateMachine
from easel.clock import SECOND, Clock
from easel.errors import Busy
from easel.jobs.model import Job, Status
from easel.jobs.store import Store, VersionConflict
from easel.policy import Clocks

LAUNCH_AGAIN = 5 * SECOND  # when StartExecution kept failing, the reconciler tries from here on


@dataclass(frozen=True)
class Launch:
    """Starts one execution a job, however often it is called."""

    workflow: StateMachine
    store: Store
    clock: Clock
    clocks: Clocks

    def __call__(self, job: Job) -> Job:
        """The job, its execution begun and marked as accepted: from here on it is worth finishing.

        An execution that exists wakes nobody before the deadline; one that would not start is the reconciler's. Raises
        Busy where neither the execution nor the mark came about.
        """
        started = self.workflow.start(job.id)
        later = job.deadline_at + self.clocks.grace * SECOND if started else self.clock.now() + LAUNCH_AGAIN

        def accepted(known: Job | None) -> Job:
            found = known or job
            if found.status is not Status.QUEUED or found.accepted:
                return found
            return found.moved(accepted=True, wake_by=later)

        try:
            return self.store.change(job.id, accepted, known=job)
        except VersionConflict:
            return job
        except Contended:
            if started:
                return job
            raise Busy(
                "The job could not be started; credits it holds come back by themselves.", retry_after_seconds=5
            ) from None
