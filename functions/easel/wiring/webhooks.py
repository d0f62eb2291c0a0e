"""Telling owners' servers of the ends of jobs: what owners set up, and what the function `deliver` does."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from easel.aws import clients, secrets
from easel.aws.event_bus import EventBus
from easel.jobs.views import Address
from easel.outbound.guarded_connection import LookUp, look_up
from easel.settings import DeliverSettings
from easel.webhooks import signing
from easel.webhooks.addresses import check_address
from easel.webhooks.deliver import Deliver, SideBySide, Tell
from easel.webhooks.deliveries import Deliveries
from easel.webhooks.endpoints import Endpoints, Reveal
from easel.webhooks.model import WebhookEvent
from easel.webhooks.post_client import PostClient
from easel.webhooks.sending import Post, Send
from easel.webhooks.store import DueRow
from easel.wiring import announcing
from easel.wiring.parts import Parts


@dataclass(frozen=True)
class Webhooks:
    """What owners do with webhooks."""

    endpoints: Endpoints
    deliveries: Deliveries


def webhooks(parts: Parts, *, reveal: Reveal, at_once: Callable[[str, str, str], None], resolve: LookUp) -> Webhooks:
    """The same; `reveal` makes a secret, `at_once` has a delivery tried, `resolve` finds the addresses of a host."""
    store = announcing.store(parts)
    endpoints = Endpoints(store, check_address(resolve), reveal, parts.clock)
    return Webhooks(endpoints, Deliveries(store, endpoints, at_once, parts.clock))


def webhooks_of(parts: Parts) -> Webhooks:
    """The same, by the function that alone may read the master secret."""
    client = announcing.deliver_client(parts)
    return webhooks(parts, reveal=client.secret, at_once=client.one, resolve=look_up)


def deliver(
    parts: Parts,
    *,
    post: Post,
    tell: Tell,
    master: Callable[[], bytes],
    address: Address,
    log: Any,
    side_by_side: SideBySide,
) -> Deliver:
    """Delivers events; `post` makes a request, `tell` tells the bus."""
    send = Send(
        webhooks=announcing.store(parts),
        jobs=parts.store,
        post=post,
        master=master,
        address=address,
        clock=parts.clock,
        meter=parts.meter,
    )
    return Deliver(
        webhooks=announcing.store(parts),
        jobs=parts.store,
        send=send,
        tell=tell,
        address=address,
        clock=parts.clock,
        meter=parts.meter,
        log=log,
        side_by_side=side_by_side,
    )


def deliver_of(settings: DeliverSettings, parts: Parts) -> Deliver:
    """The same as a stage is set up."""
    bus = EventBus(clients.events(), settings.event_bus)

    def tell(event: WebhookEvent, said: bytes) -> bool:
        return bus.put(event.type, said, event.at)

    def address(path: str) -> str:
        return f"{settings.public_url.rstrip('/')}{path}"

    return deliver(
        parts,
        post=PostClient(clients.lambda_functions(), settings.post_function),
        tell=tell,
        master=secrets.signing(settings.webhooks_secret),
        address=address,
        log=Logger(service="deliver"),
        side_by_side=in_threads(settings.posts_at_once),
    )


def secret_of(settings: DeliverSettings, *, owner: str, endpoint: str, version: int) -> str:
    """A version of an endpoint's secret, as its owner is shown it. Raises Busy."""
    master = secrets.signing(settings.webhooks_secret)()
    return signing.written(signing.secret(master, owner, endpoint, version))


def in_threads(number: int) -> SideBySide:
    """So many rows at once as there are threads."""

    def look_at(look: Callable[[DueRow], bool], rows: Sequence[DueRow]) -> Iterable[bool]:
        with ThreadPoolExecutor(number) as pool:
            return list(pool.map(look, rows))

    return look_at
