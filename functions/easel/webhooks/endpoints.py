"""What an owner does with endpoints: make, look at, change, delete, change their secrets."""

from collections.abc import Callable
from dataclasses import dataclass

from easel.clock import DAY, Clock, Millis
from easel.errors import Busy, NotFound, Unauthenticated, invalid
from easel.identity.callers import Caller
from easel.jobs import ids
from easel.webhooks.addresses import CheckAddress
from easel.webhooks.model import DEFAULT, ENDPOINTS_MAX, EVENT_TYPES, Endpoint, OwnerEndpoints
from easel.webhooks.requests import WebhookChanges, WebhookRequest
from easel.webhooks.store import WebhookStore

CHANGES_MAX = 20  # how often the row may change under one caller before it gives up
OLDER_SIGNS_FOR = DAY

Reveal = Callable[[str, str, int], str]  # an owner's endpoint and the version of its secret, to the secret


@dataclass(frozen=True)
class Revealed:
    """An endpoint with its secret, which is shown this once."""

    endpoint: Endpoint
    secret: str


@dataclass(frozen=True)
class Endpoints:
    """Every endpoint is found under its owner: another owner's is not there."""

    webhooks: WebhookStore
    check_address: CheckAddress
    reveal: Reveal
    clock: Clock

    def create(self, ask: WebhookRequest, *, caller: Caller) -> Revealed:
        """A new endpoint with its secret.

        Raises InvalidRequest for an address that leads nowhere public and for the eleventh endpoint, Unauthenticated
        and Busy.
        """
        owner, now = owner_of(caller), self.clock.now()
        self._must_have_room(self.webhooks.endpoints(owner))
        self.check_address("url", ask.url)
        made = Endpoint(
            id=ids.fresh(now),
            url=ask.url,
            events=ask.events or EVENT_TYPES,
            description=ask.description,
            created_at=now,
        )
        secret = self.reveal(owner, made.id, made.secret_version)  # first: an endpoint whose secret nobody has is none

        def plan(owned: OwnerEndpoints) -> OwnerEndpoints:
            if owned.find(made.id):
                return owned  # ours, and only the reply was lost
            self._must_have_room(owned)
            return owned.having(made)

        self._change(owner, plan)
        return Revealed(made, secret)

    def list(self, *, caller: Caller) -> tuple[Endpoint, ...]:
        """The owner's endpoints, the oldest first, and the default one last. Raises Unauthenticated."""
        owned = self.webhooks.endpoints(owner_of(caller))
        return (*owned.endpoints, owned.default)

    def get(self, endpoint_id: str, *, caller: Caller) -> Endpoint:
        """One of them. Raises NotFound, absent and foreign alike, and Unauthenticated."""
        return _own(self.webhooks.endpoints(owner_of(caller)), endpoint_id)

    def change(self, endpoint_id: str, changes: WebhookChanges, *, caller: Caller) -> Endpoint:
        """The endpoint with what was sent changed. Raises InvalidRequest, NotFound, Unauthenticated and Busy."""
        owner, now = owner_of(caller), self.clock.now()
        self.get(endpoint_id, caller=caller)
        if endpoint_id == DEFAULT:
            raise invalid("webhookId", "the default endpoint has a secret alone, and nothing to change; rotate it")
        if changes.url is not None:
            self.check_address("url", changes.url)

        def plan(owned: OwnerEndpoints) -> OwnerEndpoints:
            return owned.having(_changed(_own(owned, endpoint_id), changes, now))

        return _own(self._change(owner, plan), endpoint_id)

    def delete(self, endpoint_id: str, *, caller: Caller) -> None:
        """Nothing is sent there any more. Raises NotFound, InvalidRequest, Unauthenticated and Busy."""
        owner = owner_of(caller)
        self.get(endpoint_id, caller=caller)
        if endpoint_id == DEFAULT:
            raise invalid("webhookId", "the default endpoint is every owner's and cannot be deleted")
        self._change(owner, lambda owned: owned.without(endpoint_id))

    def rotate(self, endpoint_id: str, *, caller: Caller, at_once: bool) -> Revealed:
        """The endpoint with a new secret; the one before signs too for a day, or not any more where `at_once`.

        Raises NotFound, Unauthenticated and Busy.
        """
        owner, now = owner_of(caller), self.clock.now()
        version = self.get(endpoint_id, caller=caller).secret_version + 1
        secret = self.reveal(owner, endpoint_id, version)
        older_until = None if at_once else now + OLDER_SIGNS_FOR

        def plan(owned: OwnerEndpoints) -> OwnerEndpoints:
            endpoint = _own(owned, endpoint_id)
            if endpoint.secret_version > version:
                raise Busy("This secret is being changed by others at once; try again.", retry_after_seconds=1)
            return owned.having(endpoint.changed(secret_version=version, older_until=older_until))

        return Revealed(_own(self._change(owner, plan), endpoint_id), secret)

    def _must_have_room(self, owned: OwnerEndpoints) -> None:
        if len(owned.endpoints) >= ENDPOINTS_MAX:
            raise invalid("url", f"there are {ENDPOINTS_MAX} endpoints already, the most that may be; delete one first")

    def _change(self, owner: str, plan: Callable[[OwnerEndpoints], OwnerEndpoints]) -> OwnerEndpoints:
        for _ in range(CHANGES_MAX):
            owned = self.webhooks.endpoints(owner)
            planned = plan(owned)
            if planned == owned or self.webhooks.save_endpoints(planned):
                return planned
        raise Busy("These endpoints keep changing; try again.", retry_after_seconds=1)


def owner_of(caller: Caller) -> str:
    """Whose endpoints a caller may look at. Raises Unauthenticated."""
    if caller.anonymous:
        raise Unauthenticated("Sign in: webhooks belong to an owner. Send `Authorization: Bearer`.")
    return caller.owner


def _own(owned: OwnerEndpoints, endpoint_id: str) -> Endpoint:
    found = owned.find(endpoint_id)
    if found is None:
        raise NotFound("There is no such webhook among yours.")
    return found


def _changed(endpoint: Endpoint, changes: WebhookChanges, now: Millis) -> Endpoint:
    found = {
        "url": changes.url,
        "events": changes.events,
        "description": changes.description,
    }
    following = endpoint.changed(**{name: value for name, value in found.items() if value is not None})
    if changes.enabled is True:
        return following.changed(off_since=None, off_reason="", failing_since=None)
    if changes.enabled is False and not endpoint.off:
        return following.changed(off_since=now, off_reason="its owner switched it off")
    return following
