"""The event of a job's end, written in the transaction that ends the job: where that is applied, nothing is lost."""

from collections.abc import Callable
from dataclasses import dataclass

from easel.aws.dynamodb import Put
from easel.jobs import ids
from easel.jobs.model import Job
from easel.webhooks.model import WebhookEvent
from easel.webhooks.store import WebhookStore


@dataclass(frozen=True)
class Announce:
    """What settling a job has to do with those who want to be told."""

    webhooks: WebhookStore
    deliver: Callable[[str], None]  # asks for a job's event to be delivered at once; never raises
    every: bool = False  # the operator's bus is told of every job's end, whether its owner wants to be told or not

    def writes(self, ended: Job) -> tuple[Put, ...]:
        """The row of the event, where anybody wants it: one more in the transaction that writes this final job."""
        event = event_of(ended)
        if ended.erased:  # nobody sees it any more
            return ()
        return (self.webhooks.put_event(event),) if self._is_wanted(ended, event) else ()

    def _is_wanted(self, ended: Job, event: WebhookEvent) -> bool:
        if self.every or ended.webhook_url:
            return True
        return bool(self.webhooks.endpoints(ended.owner).wanting(event.type, event.at))

    def at_once(self, job_id: str) -> None:
        """Have it delivered now, as best we can; the schedule finds it within a minute otherwise."""
        self.deliver(job_id)


def event_of(ended: Job) -> WebhookEvent:
    """The one event of a job that has ended."""
    at = ended.finished_at or 0
    return WebhookEvent(
        id=ids.of_moment(at, ended.id),
        owner=ended.owner,
        job_id=ended.id,
        type=f"job.{ended.status}",
        at=at,
        wake_by=at,
    )
