"""Endpoints, events and deliveries: rows of the jobs table, all of an owner in one partition.

What is due is found by the sparse index of open rows, in shards of its own. Every write is conditioned on the row's
version, so that of two who carry out the same delivery one wins.
"""

import base64
import binascii
import hashlib
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from easel.aws.dynamodb import ConditionFailed, Database, Put, put
from easel.aws.rows import Item
from easel.clock import DAY, SECOND, Millis
from easel.errors import invalid
from easel.webhooks.model import Delivery, OwnerEndpoints, WebhookEvent

SHARDS = 4
SHARD = "webhooks"  # what the names of the index's shards begin with, beside those of open jobs
PARTITION = "webhooks#"
ENDPOINTS, EVENT, DELIVERY = "endpoints", "event", "delivery"
KEPT_DAYS = 30
PAGE = 25
NOT_FIELDS = frozenset({"pk", "sk", "openShard", "wakeBy", "expiresAt"})


@dataclass(frozen=True)
class DueRow:
    """The key of an event or a delivery whose time has come: a hint, to be checked on the row."""

    owner: str
    sort: str


@dataclass(frozen=True)
class DeliveriesPage:
    """Deliveries, newest first, and the cursor of the page after, None at the end."""

    deliveries: tuple[Delivery, ...]
    cursor: str | None


class WebhookStore:
    """Reads are consistent, those of the index apart."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self._table = table

    def endpoints(self, owner: str) -> OwnerEndpoints:
        """The endpoints of an owner; none where there is no row."""
        row = self._database.get(self._table, f"{PARTITION}{owner}", ENDPOINTS)
        return OwnerEndpoints.model_validate(_bare(row)) if row else OwnerEndpoints(owner=owner)

    def save_endpoints(self, owned: OwnerEndpoints) -> bool:
        """Write the next version of an owner's endpoints; False where somebody else did."""
        row = {"pk": f"{PARTITION}{owned.owner}", "sk": ENDPOINTS, **_fields(owned), "version": owned.version + 1}
        return self._saved(self._put(ENDPOINTS, row, owned.version))

    def event(self, owner: str, event_id: str) -> WebhookEvent | None:
        """An event as it is now."""
        row = self._database.get(self._table, f"{PARTITION}{owner}", f"{EVENT}#{event_id}")
        return WebhookEvent.model_validate(_bare(row)) if row else None

    def put_event(self, event: WebhookEvent) -> Put:
        """The write of an event's next version, to be part of a transaction."""
        return self._put(EVENT, self._row(event, f"{EVENT}#{event.id}"), event.version)

    def save_event(self, event: WebhookEvent) -> bool:
        """Write the next version of an event; False where somebody else did."""
        return self._saved(self.put_event(event))

    def spread(self, event: WebhookEvent, deliveries: Sequence[Delivery], *, until: Millis) -> bool:
        """Write an event with the deliveries that it leads to, all or none, trying until `until` (ms).

        False where somebody else did, or a reply was lost: the row tells. Raises Contended.
        """
        writes = [self.put_event(event), *map(self._put_delivery, deliveries)]
        try:
            return self._database.commit(writes, token=str(uuid.uuid4()), until=until)
        except ConditionFailed:
            return False

    def delivery(self, owner: str, endpoint_id: str, delivery_id: str) -> Delivery | None:
        """A delivery as it is now."""
        row = self._database.get(self._table, f"{PARTITION}{owner}", f"{DELIVERY}#{endpoint_id}#{delivery_id}")
        return Delivery.model_validate(_bare(row)) if row else None

    def save_delivery(self, delivery: Delivery) -> bool:
        """Write the next version of a delivery; False where somebody else did."""
        return self._saved(self._put_delivery(delivery))

    def deliveries(self, owner: str, endpoint_id: str, *, limit: int, cursor: str | None) -> DeliveriesPage:
        """An endpoint's deliveries of 30 days, newest first. Raises InvalidRequest for a cursor that is none."""
        prefix = f"{DELIVERY}#{endpoint_id}#"
        options: dict[str, Any] = {"ScanIndexForward": False, "Limit": limit}
        if cursor:
            start = {"pk": f"{PARTITION}{owner}", "sk": prefix + _cursor(cursor)}
            options["ExclusiveStartKey"] = self._database.key(start)
        rows, last = self._database.query(
            self._table,
            "pk = :pk AND begins_with(sk, :prefix)",
            {"pk": f"{PARTITION}{owner}", "prefix": prefix},
            **options,
        )
        following = base64.urlsafe_b64encode(last["sk"].removeprefix(prefix).encode()).decode() if last else None
        return DeliveriesPage(tuple(Delivery.model_validate(_bare(row)) for row in rows), following)

    def due(self, shard: int, *, now: Millis, limit: int) -> tuple[DueRow, ...]:
        """What is due in a shard, the longest first."""
        rows, _ = self._database.query(
            self._table,
            "openShard = :shard AND wakeBy <= :now",
            {"shard": f"{SHARD}#{shard}", "now": now},
            IndexName="open",
            ProjectionExpression="pk, sk",
            Limit=limit,
        )
        return tuple(DueRow(row["pk"].removeprefix(PARTITION), row["sk"]) for row in rows)

    def forget_event(self, owner: str, event_id: str) -> None:
        """Delete an event and its deliveries; there is nothing to delete a second time."""
        event = self.event(owner, event_id)
        if event is None:
            return
        for endpoint_id in event.endpoints or ():
            self._database.delete(self._table, f"{PARTITION}{owner}", f"{DELIVERY}#{endpoint_id}#{event_id}")
        self._database.delete(self._table, f"{PARTITION}{owner}", f"{EVENT}#{event_id}")

    def forget(self, owner: str, *, until: Millis) -> None:
        """Delete every endpoint, event and delivery of an owner from until that time. Safe to be run again.

        How often the default secret was changed is kept: the secrets before would be good again.
        """
        while True:
            owned = self.endpoints(owner)
            kept = owned.model_copy(update={"endpoints": tuple(e for e in owned.endpoints if e.created_at > until)})
            if kept == owned or self.save_endpoints(kept):
                break
        start: dict[str, Any] = {}
        while True:
            rows, last = self._database.query(
                self._table, "pk = :pk", {"pk": f"{PARTITION}{owner}"}, ConsistentRead=True, Limit=PAGE, **start
            )
            for row in rows:
                if row["sk"] != ENDPOINTS and row["at"] <= until:
                    self._database.delete(self._table, row["pk"], row["sk"])
            if last is None:
                return
            start = {"ExclusiveStartKey": self._database.key(last)}

    def _put_delivery(self, delivery: Delivery) -> Put:
        row = self._row(delivery, f"{DELIVERY}#{delivery.endpoint}#{delivery.id}")
        return self._put(f"{DELIVERY} {delivery.endpoint}", row, delivery.version)

    def _row(self, kept: WebhookEvent | Delivery, sort: str) -> Item:
        row = {"pk": f"{PARTITION}{kept.owner}", "sk": sort, **_fields(kept), "version": kept.version + 1}
        row["expiresAt"] = (kept.at + KEPT_DAYS * DAY) // SECOND
        if kept.wake_by is not None:
            row["openShard"] = f"{SHARD}#{int(hashlib.sha256(sort.encode()).hexdigest(), 16) % SHARDS}"
            row["wakeBy"] = kept.wake_by
        return row

    def _put(self, name: str, row: Item, version: int) -> Put:
        if version:
            return put(name, self._table, row, condition="version = :version", version=version)
        return put(name, self._table, row, condition="attribute_not_exists(pk)")

    def _saved(self, write: Put) -> bool:
        try:
            self._database.put(write)
        except ConditionFailed:
            return False
        return True


def _fields(kept: OwnerEndpoints | WebhookEvent | Delivery) -> Item:
    return kept.model_dump(mode="json", exclude_none=True)


def _bare(row: Item) -> Item:
    return {name: value for name, value in row.items() if name not in NOT_FIELDS}


def _cursor(text: str) -> str:
    try:
        found = base64.urlsafe_b64decode(text).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        found = ""
    if not re.fullmatch(r"[0-9a-z]{1,80}", found):
        raise invalid("cursor", "send `cursor` back as it came")
    return found
