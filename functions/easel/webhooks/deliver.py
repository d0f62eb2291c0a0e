"""Deliver events: to the bus, and to every endpoint that wants them. Safe to run any number of times, many at once.

An event is spread first: one transaction writes a delivery for each endpoint, so that each is tried on its own. The bus
comes after, and does not keep deliveries waiting.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from easel.aws.metrics import Metrics
from easel.aws.redaction import error_facts
from easel.clock import DAY, SECOND, Clock, Millis
from easel.jobs.store import JobWithRequest, Store
from easel.jobs.views import Address
from easel.webhooks import body
from easel.webhooks.announce import event_of
from easel.webhooks.model import DEFAULT, Delivery, WebhookEvent
from easel.webhooks.sending import Send
from easel.webhooks.store import DELIVERY, EVENT, SHARDS, DueRow, WebhookStore

BATCH = 250  # per shard and run; what is left is due again a minute later
AT_ONCE = 10 * SECOND  # a second try that comes so soon is made by the same run
BUS_AGAIN = 60 * SECOND
WRITE_WITHIN = 5 * SECOND

Tell = Callable[[WebhookEvent, bytes], bool]  # whether the bus has taken an event
SideBySide = Callable[[Callable[[DueRow], bool], Sequence[DueRow]], Iterable[bool]]


@dataclass(frozen=True)
class Deliver:
    """Every event to everybody who wants it, at least once."""

    webhooks: WebhookStore
    jobs: Store
    send: Send
    tell: Tell
    address: Address
    clock: Clock
    meter: Metrics
    log: logging.Logger
    side_by_side: SideBySide

    def job(self, job_id: str, *, until: Millis) -> int:
        """Deliver the event of a job that has just ended, until that time (ms); how many deliveries it led to.

        What time is too short for is due, and the schedule's. Raises Contended.
        """
        job = self.jobs.get(job_id)
        event = self.webhooks.event(job.owner, event_of(job).id) if job and job.final else None
        rows = self._begun(event) if event else ()
        self._side_by_side(lambda row: self.one(row.owner, *_names(row)), rows, until)
        return len(rows)

    def one(self, owner: str, endpoint_id: str, delivery_id: str) -> int:
        """Try one delivery, and again where that is due within seconds; how many are still to be tried."""
        delivery = self.send(owner, endpoint_id, delivery_id)
        soon = self.clock.now() + AT_ONCE
        if delivery and delivery.pending and delivery.tried == 1 and delivery.wake_by and delivery.wake_by <= soon:
            self.clock.sleep(max(0, delivery.wake_by - self.clock.now()) / SECOND)
            delivery = self.send(owner, endpoint_id, delivery_id)
        return int(delivery is not None and delivery.pending)

    def due(self, *, until: Millis) -> int:
        """Everything whose time has come, until that time (ms); how many rows were looked at."""
        now = self.clock.now()
        found = [row for shard in range(SHARDS) for row in self.webhooks.due(shard, now=now, limit=BATCH)]
        events = [row for row in found if row.sort.startswith(f"{EVENT}#")]
        begun = list[DueRow]()
        looked = self._side_by_side(lambda row: begun.extend(self._begun_of(row)), events, until)
        deliveries = [row for row in found if row.sort.startswith(f"{DELIVERY}#")] + begun
        return looked + self._side_by_side(lambda row: self.send(row.owner, *_names(row)), deliveries, until)

    def _side_by_side(self, act: Callable[[DueRow], object], rows: Iterable[DueRow], until: Millis) -> int:
        """Do something with each row until that time (ms), owners taking turns; how many rows that were."""

        def look(row: DueRow) -> bool:
            if self.clock.now() >= until:
                return False
            try:
                act(row)
            except Exception as error:  # one row that cannot be delivered must not keep the others from it
                self.log.error("an event could not be delivered", extra=error_facts(error))  # noqa: TRY400 — its text stays
                self.meter.count("WebhookStuck")
            return True

        return sum(self.side_by_side(look, tuple(_taking_turns(rows))))

    def _begun_of(self, row: DueRow) -> tuple[DueRow, ...]:
        event = self.webhooks.event(row.owner, row.sort.removeprefix(f"{EVENT}#"))
        return self._begun(event) if event else ()

    def _begun(self, event: WebhookEvent) -> tuple[DueRow, ...]:
        """An event's deliveries, once they were written and the bus was told; none where somebody else does it."""
        found = self.jobs.find(event.job_id)
        if found is None:
            return ()
        if event.endpoints is None:
            spread = self._spread(event, None if found.job.erased else found.job.webhook_url)
            if spread is None:
                return ()
            event = spread
        if not event.told and event.wake_by is not None and event.wake_by <= self.clock.now():
            self._announce(event, found)
        return tuple(DueRow(event.owner, f"{DELIVERY}#{each}#{event.id}") for each in event.endpoints or ())

    def _announce(self, event: WebhookEvent, found: JobWithRequest) -> None:
        """Tell the bus, or note that it is to be told later; for a day, as any other."""
        said = body.of_job(event, found.job, found.request, self.address)
        told, now = found.job.erased or self.tell(event, said), self.clock.now()
        late = now >= event.at + DAY
        if late and not told:
            self.meter.count("WebhookGivenUp")
        following = None if told or late else now + BUS_AGAIN
        self.webhooks.save_event(event.model_copy(update={"told": told, "wake_by": following}))

    def _spread(self, event: WebhookEvent, own_url: str | None) -> WebhookEvent | None:
        """The event once a delivery was written for everybody who is to be told; None where somebody else does it."""
        wanting = self.webhooks.endpoints(event.owner).wanting(event.type, event.at)
        names = (*(each.id for each in wanting), *((DEFAULT,) if own_url else ()))
        spread = event.model_copy(update={"endpoints": names})
        if not self.webhooks.spread(
            spread, [self._delivery(event, each) for each in names], until=self.clock.now() + WRITE_WITHIN
        ):
            return None
        return spread.model_copy(update={"version": event.version + 1})

    def _delivery(self, event: WebhookEvent, endpoint_id: str) -> Delivery:
        return Delivery(
            id=event.id,
            owner=event.owner,
            endpoint=endpoint_id,
            job_id=event.job_id,
            type=event.type,
            at=event.at,
            begun_at=event.at,
            wake_by=self.clock.now(),
        )


def _names(row: DueRow) -> tuple[str, str]:
    """The endpoint and the id that a delivery's row is named by."""
    _, endpoint_id, delivery_id = row.sort.split("#")
    return endpoint_id, delivery_id


def _taking_turns(rows: Iterable[DueRow]) -> Iterable[DueRow]:
    """The rows so that owners take turns: one with thousands does not keep the others waiting."""
    by_owner: dict[str, list[DueRow]] = defaultdict(list)
    for row in rows:
        by_owner[row.owner].append(row)
    return (row for row in chain.from_iterable(zip_longest(*by_owner.values())) if row is not None)
