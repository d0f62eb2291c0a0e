"""Whom an owner's webhooks reach, and what became of what was sent; a job's own deliveries too."""

from itertools import islice
from typing import Any

from easel.jobs.model import Job
from easel.webhooks import views
from easel.webhooks.announce import event_of
from easel.webhooks.model import DEFAULT, Delivery, Endpoint
from easel.webhooks.store import WebhookStore
from ops.deployed import Deployed
from ops.errors import Refused
from ops.jobs.by_id import moment

PAGE = 25


def endpoints(deployed: Deployed, owner: str) -> list[dict[str, Any]]:
    """An owner's endpoints, without their secrets; the default one, of jobs' own addresses, is none of them."""
    return [_endpoint(each) for each in _store(deployed).endpoints(owner).endpoints]


def deliveries(deployed: Deployed, owner: str, endpoint_id: str, limit: int) -> list[dict[str, Any]]:
    """The newest deliveries to an endpoint. Raises Refused where the owner has none of that name."""
    known = [each["webhookId"] for each in endpoints(deployed, owner)]
    if endpoint_id not in (*known, DEFAULT):
        there = ", ".join(known) or "none"
        raise Refused(f"{owner} has no webhook {endpoint_id}; it has {there}, and {DEFAULT} for jobs' own addresses")
    return [_delivery(each) for each in islice(_all(deployed, owner, endpoint_id), limit)]


def of_job(deployed: Deployed, job: Job) -> list[dict[str, Any]]:
    """What was sent of a job's end; nothing where nobody wanted to be told, or it has not ended."""
    store = _store(deployed)
    event = store.event(job.owner, event_of(job).id) if job.final else None
    found = [store.delivery(job.owner, endpoint, event.id) for endpoint in event.endpoints or ()] if event else []
    return [_delivery(each) for each in found if each]


def _all(deployed: Deployed, owner: str, endpoint_id: str) -> Any:
    cursor: str | None = None
    while True:
        page = _store(deployed).deliveries(owner, endpoint_id, limit=PAGE, cursor=cursor)
        yield from page.deliveries
        cursor = page.cursor
        if cursor is None:
            return


def _endpoint(found: Endpoint) -> dict[str, Any]:
    state = f"off: {found.off_reason}" if found.off_since else "failing" if found.failing_since else "on"
    return {
        "webhookId": found.id,
        "url": found.url,
        "events": list(found.events),
        "createdAt": moment(found.created_at),
        "state": state,
        "failingSince": moment(found.failing_since),
        "offSince": moment(found.off_since),
    }


def _delivery(found: Delivery) -> dict[str, Any]:
    """As its owner sees it, with the endpoint; without what the endpoint answered, which may be anything."""
    told = views.delivery(found).body()
    for each in told["tries"]:
        each.pop("answer", None)
    return {"webhookId": found.endpoint, **told}


def _store(deployed: Deployed) -> WebhookStore:
    return WebhookStore(deployed.database, deployed.setting("start", "JOBS_TABLE"))
