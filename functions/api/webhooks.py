"""The part of the door `start` about webhooks: endpoints, their secrets, and what was delivered to them."""

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import Depends, Path, Query
from starlette.responses import JSONResponse, Response

from easel.http import parameters
from easel.http.door import Door
from easel.http.gateway import Gate
from easel.http.parameters import Cursor, Limit
from easel.identity.callers import Caller
from easel.webhooks import views
from easel.webhooks.deliveries import Deliveries
from easel.webhooks.endpoints import Endpoints
from easel.webhooks.requests import WebhookChanges, WebhookRequest
from easel.webhooks.views import DeliveriesView, DeliveryView, WebhookSecretView, WebhooksView, WebhookView

ALL = "/api/webhooks"
ONE = f"{ALL}/{{webhookId}}"
SHOP = {"url": "https://hooks.shop.example/easel", "events": ["job.succeeded", "job.failed"]}

WebhookId = Annotated[
    str, Path(alias="webhookId", max_length=80, description="of the answer that made it, or `default`")
]
DeliveryId = Annotated[str, Path(alias="deliveryId", max_length=80, description="of the list of deliveries")]
Now = Annotated[bool, Query(alias="now", description="true: the secret before signs no more from now on")]


class TellsOwners(Protocol):
    """What these routes work with."""

    @property
    def gate(self) -> Gate:
        """The gateway in front of the door."""

    @property
    def endpoints(self) -> Endpoints:
        """Endpoints of owners."""

    @property
    def deliveries(self) -> Deliveries:
        """What was delivered to them."""


def add_to(door: Door[Any]) -> None:
    """Add the routes to a door whose `deps` are `TellsOwners`."""

    def use() -> TellsOwners:
        found: TellsOwners = door.deps()
        return found

    _add_making(door, use)
    _add_reading(door, use)
    _add_changing(door, use)
    _add_delivering(door, use)


def _route(view: Any, operation: str, summary: str, **more: Any) -> dict[str, Any]:
    return {"tags": ["webhooks"], "response_model": view, "operation_id": operation, "summary": summary, **more}


def _add_making(door: Door[Any], use: Callable[[], TellsOwners]) -> None:
    may_change = Depends(door.caller("generate"))

    @door.app.post(
        ALL,
        status_code=201,
        openapi_extra=parameters.takes(WebhookRequest, a_shop=SHOP),
        **_route(WebhookSecretView, "createWebhook", "Be told of the ends of jobs"),
    )
    def create(
        caller: Annotated[Caller, may_change],
        ask: Annotated[WebhookRequest, Depends(parameters.body(WebhookRequest))],
    ) -> Response:
        """Every job that ends from now on is told there, signed. The secret is shown this once. Ten may be made."""
        return JSONResponse(views.revealed(use().endpoints.create(ask, caller=caller)).body(), status_code=201)

    @door.app.post(
        f"{ONE}/rotate", **_route(WebhookSecretView, "rotateWebhookSecret", "Make a new secret for a webhook")
    )
    def rotate(webhook_id: WebhookId, caller: Annotated[Caller, may_change], now: Now = False) -> Response:
        """The secret before signs too for 24 hours, or no more with `now=true`.

        Of `default` this is how its secret is had at first.
        """
        return JSONResponse(views.revealed(use().endpoints.rotate(webhook_id, caller=caller, at_once=now)).body())


def _add_reading(door: Door[Any], use: Callable[[], TellsOwners]) -> None:
    may_read = Depends(door.caller("read"))

    @door.app.get(ALL, **_route(WebhooksView, "listWebhooks", "Your webhooks"))
    def every(caller: Annotated[Caller, may_read]) -> Response:
        """Without their secrets. `default` is there always: its secret signs what goes to jobs' `webhookUrl`."""
        found = tuple(map(views.endpoint, use().endpoints.list(caller=caller)))
        return JSONResponse(WebhooksView(webhooks=found).body())

    @door.app.get(ONE, **_route(WebhookView, "getWebhook", "One webhook"))
    def one(webhook_id: WebhookId, caller: Annotated[Caller, may_read]) -> Response:
        """Whether it is switched off, and why."""
        return JSONResponse(views.endpoint(use().endpoints.get(webhook_id, caller=caller)).body())

    @door.app.get(f"{ONE}/deliveries", **_route(DeliveriesView, "listDeliveries", "What was delivered to a webhook"))
    def deliveries(
        webhook_id: WebhookId, caller: Annotated[Caller, may_read], limit: Limit = 20, cursor: Cursor = None
    ) -> Response:
        """Of the last 30 days, the newest first: when, with which status, how long it took, what was answered."""
        page = use().deliveries.list(webhook_id, caller=caller, limit=limit, cursor=cursor)
        return JSONResponse(views.deliveries(page).body())


def _add_changing(door: Door[Any], use: Callable[[], TellsOwners]) -> None:
    may_change = Depends(door.caller("generate"))

    @door.app.patch(
        ONE,
        openapi_extra=parameters.takes(WebhookChanges, switched_on={"enabled": True}),
        **_route(WebhookView, "changeWebhook", "Change a webhook"),
    )
    def change(
        webhook_id: WebhookId,
        caller: Annotated[Caller, may_change],
        changes: Annotated[WebhookChanges, Depends(parameters.body(WebhookChanges))],
    ) -> Response:
        """What is not sent stays as it is."""
        return JSONResponse(views.endpoint(use().endpoints.change(webhook_id, changes, caller=caller)).body())

    @door.app.delete(ONE, status_code=204, **_route(None, "deleteWebhook", "Be told no more"))
    def delete(webhook_id: WebhookId, caller: Annotated[Caller, may_change]) -> Response:
        """What was still to be delivered there is dropped."""
        use().endpoints.delete(webhook_id, caller=caller)
        return Response(status_code=204)


def _add_delivering(door: Door[Any], use: Callable[[], TellsOwners]) -> None:
    may_change = Depends(door.caller("generate"))

    @door.app.post(
        f"{ONE}/deliveries/{{deliveryId}}/redeliver",
        status_code=202,
        **_route(DeliveryView, "repeatDelivery", "Deliver once more"),
    )
    def redeliver(webhook_id: WebhookId, delivery_id: DeliveryId, caller: Annotated[Caller, may_change]) -> Response:
        """Under the same `webhook-id`, and for another day."""
        found = use().deliveries.redeliver(webhook_id, delivery_id, caller=caller)
        return JSONResponse(views.delivery(found).body(), status_code=202)

    @door.app.post(f"{ONE}/test", status_code=202, **_route(DeliveryView, "testWebhook", "Try a webhook out"))
    def test(webhook_id: WebhookId, caller: Annotated[Caller, may_change]) -> Response:
        """Sends an event `webhook.test`, signed like any other; the list of deliveries shows what came of it."""
        found = use().deliveries.test(webhook_id, caller=caller)
        return JSONResponse(views.delivery(found).body(), status_code=202)
