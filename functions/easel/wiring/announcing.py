"""Events of jobs' ends, written down and handed to the function that delivers them."""

from collections.abc import Callable

from easel.aws import clients
from easel.webhooks.announce import Announce
from easel.webhooks.deliver_client import DeliverClient
from easel.webhooks.store import WebhookStore
from easel.wiring.parts import Parts


def store(parts: Parts) -> WebhookStore:
    """Webhooks, in the jobs table."""
    return WebhookStore(parts.database, parts.jobs_table)


def deliver_client(parts: Parts) -> DeliverClient:
    """The function that delivers."""
    return DeliverClient(clients.lambda_functions(), clients.lambda_at_once(), parts.deliver_function)


def announce(parts: Parts, deliver: Callable[[str], None] | None) -> Announce:
    """What settling does; `deliver` is asked for a job's event, else the function, where these parts name one."""
    if deliver is None and parts.deliver_function:
        deliver = deliver_client(parts).job
    return Announce(store(parts), deliver or _nobody, every=parts.policy.announce_every_job)


def _nobody(job_id: str) -> None:
    """The schedule delivers it."""
