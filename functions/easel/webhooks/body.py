"""What an event says: no prompt, no links that end, and the same bytes however often it is sent. Pure."""

import json
from typing import Any

from easel.jobs.model import Job
from easel.jobs.request import Request
from easel.jobs.views import Address, error_of, status_path
from easel.schemas import instant
from easel.webhooks.model import TEST_TYPE, Delivery, WebhookEvent

MESSAGE = "msg_"  # what the `webhook-id` of an event begins with


def message_id(event_id: str) -> str:
    """The `webhook-id`: equal in every repeat and at every endpoint."""
    return MESSAGE + event_id


def of_job(event: WebhookEvent | Delivery, job: Job, request: Request | None, address: Address) -> bytes:
    """The body of a job's event. Nothing in it changes once the job has ended, unless its request is erased."""
    error = error_of(job)
    data: dict[str, Any] = {
        "jobId": job.id,
        "status": str(job.status),
        "statusUrl": address(status_path(job)),
        "metadata": dict(request.metadata) if request else {},
        "charge": {"held": job.held, "charged": job.charged, "returned": job.returned},
        **({"error": error.body()} if error else {}),
    }
    return _json(event.type, event.at, data)


def of_test(delivery: Delivery) -> bytes:
    """The body of a test, which is about no job."""
    return _json(TEST_TYPE, delivery.at, {"webhookId": delivery.endpoint})


def _json(kind: str, at: int, data: dict[str, Any]) -> bytes:
    said = {"type": kind, "timestamp": instant(at), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
