"""Endpoints and deliveries as their owners see them."""

from typing import Literal

from pydantic import Field

from easel.schemas import Moment, Url, View, given, instant
from easel.webhooks.body import message_id
from easel.webhooks.endpoints import Revealed
from easel.webhooks.model import DEFAULT, Delivery, Endpoint, Try
from easel.webhooks.store import DeliveriesPage


class WebhookView(View):
    """An endpoint. The one called `default` is every owner's: its secret signs what goes to jobs' `webhookUrl`."""

    webhook_id: str = Field(description="the endpoint's name in every address; `default` for the default one")
    url: Url = Field("", description="where events go; the default endpoint has none")
    events: tuple[str, ...] = Field(description="which ends of jobs it is told of")
    description: str = Field("", description="as it was sent")
    enabled: bool = Field(description="whether anything is sent there")
    off_reason: str = Field("", description="why it is switched off, where it is")
    off_since: Moment = Field("", description="when it was switched off, where it is")
    failing_since: Moment = Field("", description="when the first of the deliveries failed that failed without a break")
    older_secret_until: Moment = Field("", description="until then the secret before signs too")
    created_at: Moment = Field("", description="when it was made")


class WebhookSecretView(WebhookView):
    """An endpoint with its secret, which is shown this once."""

    secret: str = Field(description="`whsec_` and the key in base64: keep it, it is not shown again")


class WebhooksView(View):
    """All endpoints of an owner."""

    webhooks: tuple[WebhookView, ...] = Field(description="the oldest first, the default one last")


class TryView(View):
    """One request to an endpoint."""

    at: Moment = Field(description="when it was sent")
    milliseconds: int = Field(description="how long it took")
    status: int | None = Field(description="the HTTP status; null where there was no answer")
    reason: str = Field("", description="why there was no answer")
    answer: str = Field("", description="the first 256 characters of the answer")


class DeliveryView(View):
    """One event on its way to one endpoint."""

    delivery_id: str = Field(description="the delivery's name at this endpoint")
    message_id: str = Field(description="the header `webhook-id`, equal in every repeat and at every endpoint")
    job_id: str = Field("", description="the job that ended; left out of a test")
    type: str = Field(description="of the event, such as job.succeeded")
    state: Literal["pending", "delivered", "given_up", "dropped"] = Field(
        description="pending: it is tried again at `nextTryAt`; dropped: there was nothing or nobody left to tell"
    )
    reason: str = Field("", description="why it was given up or dropped")
    next_try_at: Moment = Field("", description="when it is tried again, where it is")
    created_at: Moment = Field(description="when the event happened")
    tries: tuple[TryView, ...] = Field(description="every request, the first one first; the last twenty are kept")


class DeliveriesView(View):
    """A page of an endpoint's deliveries of the last 30 days; `cursor` leads to the next."""

    deliveries: tuple[DeliveryView, ...] = Field(description="the newest first")
    cursor: str | None = Field(description="what leads to the next page; null on the last one")


def endpoint(found: Endpoint) -> WebhookView:
    """An endpoint, without its secret."""
    return WebhookView(**_fields(found))


def revealed(made: Revealed) -> WebhookSecretView:
    """An endpoint with its secret."""
    return WebhookSecretView(**_fields(made.endpoint), secret=made.secret)


def deliveries(page: DeliveriesPage) -> DeliveriesView:
    """A page of deliveries."""
    return DeliveriesView(deliveries=tuple(map(delivery, page.deliveries)), cursor=page.cursor)


def delivery(found: Delivery) -> DeliveryView:
    """A delivery."""
    return DeliveryView(
        delivery_id=found.id,
        message_id=message_id(found.id),
        type=found.type,
        state=found.state,
        created_at=instant(found.at),
        tries=tuple(map(_try, found.tries)),
        **given(
            job_id=found.job_id or None,
            reason=found.reason or None,
            next_try_at=None if found.wake_by is None else instant(found.wake_by),
        ),
    )


def _fields(found: Endpoint) -> dict[str, object]:
    return {
        "webhook_id": found.id,
        "events": found.events,
        "enabled": not found.off,
        **given(
            url=found.url or None,
            description=found.description or None,
            off_reason=found.off_reason or None,
            off_since=_moment(found.off_since),
            failing_since=_moment(found.failing_since),
            older_secret_until=_moment(found.older_until),
            created_at=None if found.id == DEFAULT else instant(found.created_at),
        ),
    }


def _moment(at: int | None) -> str | None:
    return None if at is None else instant(at)


def _try(tried: Try) -> TryView:
    return TryView(
        at=instant(tried.at),
        milliseconds=tried.milliseconds,
        status=tried.status,
        **given(reason=tried.reason or None, answer=tried.answer or None),
    )
