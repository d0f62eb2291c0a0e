"""How long a worker's lease, a call and a queue's task may last. Pure; times in milliseconds since 1970 UTC."""

from easel.clock import SECOND
from easel.jobs.attempts import Attempt
from easel.jobs.model import Job
from easel.policy import Clocks


def lease_until(job: Job, now: int, clocks: Clocks) -> int:
    """Until when (ms) a worker that begins or looks at `now` counts as alive."""
    return min(now + clocks.lease * SECOND, job.deadline_at)


def call_seconds(job: Job, now: int, clocks: Clocks) -> float:
    """The seconds that a call begun at `now` may take, so that there is time left to store what came."""
    return min(clocks.call_max, (job.deadline_at - now) / SECOND - clocks.finish)


def task_until(job: Job, attempt: Attempt, clocks: Clocks) -> int:
    """Until when (ms) what a queue has taken on is waited for: it is the job's, not a worker's."""
    latest = job.deadline_at - clocks.finish * SECOND
    return min(attempt.started_at + clocks.ticket * SECOND, latest)
