"""What an owner does with deliveries: look at them, have one made again, try an endpoint out."""

from collections.abc import Callable
from dataclasses import dataclass

from easel.clock import Clock
from easel.errors import Busy, NotFound, invalid
from easel.identity.callers import Caller
from easel.jobs import ids
from easel.webhooks.endpoints import Endpoints, owner_of
from easel.webhooks.model import DEFAULT, PENDING, TEST_TYPE, Delivery, Endpoint
from easel.webhooks.sending import LEASE
from easel.webhooks.store import DeliveriesPage, WebhookStore

CHANGES_MAX = 20


@dataclass(frozen=True)
class Deliveries:
    """The deliveries of an owner's endpoints. `at_once` asks for one to be tried now, and never raises."""

    webhooks: WebhookStore
    endpoints: Endpoints
    at_once: Callable[[str, str, str], None]
    clock: Clock

    def list(self, endpoint_id: str, *, caller: Caller, limit: int, cursor: str | None) -> DeliveriesPage:
        """A page of an endpoint's deliveries, newest first. Raises NotFound, InvalidRequest and Unauthenticated."""
        self.endpoints.get(endpoint_id, caller=caller)
        return self.webhooks.deliveries(caller.owner, endpoint_id, limit=limit, cursor=cursor)

    def redeliver(self, endpoint_id: str, delivery_id: str, *, caller: Caller) -> Delivery:
        """The delivery as it is tried again, under its id, for another day.

        Raises NotFound, InvalidRequest where the endpoint is switched off, Unauthenticated and Busy.
        """
        owner = owner_of(caller)
        _must_be_on(self.endpoints.get(endpoint_id, caller=caller))
        for _ in range(CHANGES_MAX):
            found = self.webhooks.delivery(owner, endpoint_id, delivery_id)
            if found is None:
                raise NotFound("There is no such delivery at this webhook; they are kept for 30 days.")
            now = self.clock.now()
            if found.pending and found.wake_by is not None and found.wake_by <= now + LEASE:
                return found  # on its way already
            anew = {"state": PENDING, "reason": "", "begun_at": now, "tried": 0, "wake_by": now}
            again = found.model_copy(update=anew)
            if self.webhooks.save_delivery(again):
                self.at_once(owner, endpoint_id, delivery_id)
                return again
        raise Busy("This delivery keeps moving; try again.", retry_after_seconds=1)

    def test(self, endpoint_id: str, *, caller: Caller) -> Delivery:
        """A delivery of type `webhook.test`, which is about no job.

        Raises NotFound, InvalidRequest where there is no address or it is switched off, Unauthenticated and Busy.
        """
        owner = owner_of(caller)
        _must_be_on(self.endpoints.get(endpoint_id, caller=caller))
        if endpoint_id == DEFAULT:
            raise invalid("webhookId", "the default endpoint has no address of its own; start a job with `webhookUrl`")
        now = self.clock.now()
        made = Delivery(
            id=ids.fresh(now), owner=owner, endpoint=endpoint_id, type=TEST_TYPE, at=now, begun_at=now, wake_by=now
        )
        if not self.webhooks.save_delivery(made) and not self.webhooks.delivery(owner, endpoint_id, made.id):
            raise Busy("The test could not be written down; try again.")
        self.at_once(owner, endpoint_id, made.id)
        return made


def _must_be_on(endpoint: Endpoint) -> None:
    if endpoint.off:
        raise invalid("webhookId", f"is switched off ({endpoint.off_reason}); switch it on by PATCH: enabled")
