"""DynamoDB's tables: items in typed form with their keys, sparse indexes that may lag, and a digest of it all."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.simulation.aws.conditions import ordering
from tests.simulation.aws.replies import Wire, invalid

Key = tuple[str, ...]  # the values of the primary key, hash first, as their wire JSON
ITEM_BYTES_MAX = 409_600
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Index:
    """A global secondary index; `keys_only` leaves out what is not a key."""

    hash: str
    range: str
    keys_only: bool = False


@dataclass(frozen=True)
class Schema:
    """How a table is keyed and indexed, and which attribute tells when an item may be deleted."""

    hash: str = "pk"
    range: str | None = "sk"
    indexes: Mapping[str, Index] = field(default_factory=dict)
    ttl: str | None = None

    @property
    def key_names(self) -> tuple[str, ...]:
        """The attributes of the primary key."""
        return (self.hash,) if self.range is None else (self.hash, self.range)


class Stored:
    """An item that is never changed in place, so that snapshots share it and its digest is made once."""

    __slots__ = ("_digest", "wire")

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._digest = 0

    @property
    def digest(self) -> int:
        """The same for two items that differ only in random names (UUIDs)."""
        if not self._digest:
            text = UUID.sub("uuid", json.dumps(self.wire, sort_keys=True))
            self._digest = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")
        return self._digest


@dataclass(frozen=True)
class Change:
    """What an item was before a write: kept so that an index can be read as it was some seconds ago."""

    at: int
    key: Key
    before: Stored | None


class Table:
    """One table. `lag` is how far its indexes are behind, in ms."""

    def __init__(self, schema: Schema, *, lag: int = 0) -> None:
        self.schema = schema
        self.lag = lag
        self.items: dict[Key, Stored] = {}
        self.changes: list[Change] = []
        self.on_write: list[Key] | None = None

    def key_of(self, attributes: Wire) -> Key:
        """The primary key among attributes; refused where it is missing, of no text, or empty."""
        key = []
        for name in self.schema.key_names:
            value = attributes.get(name)
            if value is None:
                raise invalid(f"One of the required keys was not given a value: {name}")
            text = value.get("S")
            if text is None:
                raise invalid(f"The provided key element does not match the schema: {name}")
            if not text:
                raise invalid(f"One or more parameter values are not valid. The AttributeValue for key {name} is empty")
            key.append(text)
        return tuple(key)

    def exact_key_of(self, attributes: Wire) -> Key:
        """The primary key where nothing else may be given."""
        if set(attributes) != set(self.schema.key_names):
            raise invalid("The provided key element does not match the schema")
        return self.key_of(attributes)

    def get(self, key: Key) -> Wire | None:
        """An item as it is."""
        found = self.items.get(key)
        return found.wire if found else None

    def put(self, key: Key, item: Wire | None, at: int) -> None:
        """Write an item, or delete it with None."""
        before = self.items.get(key)
        if self.lag and self.schema.indexes:
            self.changes.append(Change(at, key, before))
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = Stored(item)

    def check(self, item: Wire) -> None:
        """Refuse an item that a table of this schema cannot hold."""
        for index in self.schema.indexes.values():
            for name in (index.hash, index.range):
                if name in item and (not set(item[name]) <= {"S", "N"} or item[name].get("S") == ""):
                    raise invalid(f"One or more parameter values were invalid: a bad key of an index: {name}")
        if len(json.dumps(item)) > ITEM_BYTES_MAX and size_of(item) > ITEM_BYTES_MAX:
            raise invalid("Item size has exceeded the maximum allowed size")

    def seen_by(self, index_name: str, now: int) -> list[Wire]:
        """The items an index shows: those that have its keys, as they were `lag` ago."""
        index = self.schema.indexes[index_name]
        items: dict[Key, Stored | None] = dict(self.items)
        for change in reversed(self.changes):
            if change.at <= now - self.lag:
                break
            items[change.key] = change.before
        return [s.wire for s in items.values() if s and index.hash in s.wire and index.range in s.wire]

    def expire(self, now: int, *, late: int = 0) -> int:
        """Delete what its TTL has passed, `late` ms behind; how many items that were."""
        if self.schema.ttl is None:
            return 0
        gone = [
            key
            for key, stored in self.items.items()
            if (at := stored.wire.get(self.schema.ttl)) and int(at["N"]) * 1000 + late <= now
        ]
        for key in gone:
            self.put(key, None, now)
        return len(gone)

    def in_order(self, items: Iterable[Wire], range_name: str | None) -> list[Wire]:
        """Items by their sort key, then by their primary key."""
        names = [name for name in (range_name, *self.schema.key_names) if name]
        return sorted(items, key=lambda item: [ordering(item[name]) for name in names])

    def digest(self) -> int:
        """A number that two tables of the same content share."""
        total = 0
        for key, stored in self.items.items():
            total ^= hash((key, stored.digest))
        return total


def size_of(item: Wire) -> int:
    return sum(len(name.encode()) + _weight(value) for name, value in item.items())


def _weight(value: Wire) -> int:
    ((kind, inner),) = value.items()
    match kind:
        case "S":
            return len(inner.encode())
        case "N":
            return len(inner) // 2 + 2
        case "B":
            return len(inner) * 3 // 4
        case "M":
            return 3 + size_of(inner) + len(inner)
        case "L":
            return 3 + sum(_weight(member) + 1 for member in inner)
        case "SS" | "NS" | "BS":
            return sum(len(member) for member in inner)
        case _:
            return 1
