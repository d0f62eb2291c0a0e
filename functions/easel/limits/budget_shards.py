"""How a day's cap is dealt to the shards that jobs reserve from: no row is hot, and no micro-dollar counts twice.

One row a day, the total, says how much was dealt; a shard's `room` is what of its part nobody has reserved. Always:
dealt = Σ (committed + room) over the shards, and dealt ≤ cap, so Σ committed ≤ cap whatever order things happen in.
Whoever finds no room has a piece dealt, and at the end of the cap collects the room that lies about in other shards:
a reservation is refused only where what is committed leaves no room for it. Every row names the cap it was dealt under:
another cap takes all room back before it is dealt anew, and is in force from the first reservation made under it.
Credits that were given away have shards and a smaller cap of their own, dealt out of the same total. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from easel.records import Record

SHARDS = 16
PIECES = 64  # a shard is dealt a 64th of its pool's cap at a time
Pool = Literal["main", "free"]
Place = tuple[Pool, int]


@dataclass(frozen=True)
class Caps:
    """The most a day may cost, in micro-dollars, and how much of it may be spent on what brings no money in."""

    all: int
    free: int

    def of(self, pool: Pool) -> int:
        """The cap of a pool."""
        return min(self.free, self.all) if pool == "free" else self.all


@dataclass(frozen=True)
class Shard:
    """One shard's row."""

    committed: int = 0
    room: int = 0


@dataclass(frozen=True)
class Day:
    """A day's rows as they were read; `caps` are those that its room was dealt under, every row's alike."""

    dealt: int = 0
    dealt_free: int = 0
    caps: Caps | None = None
    shards: Mapping[Place, Shard] = field(default_factory=dict)

    def under(self, pool: Pool, caps: Caps) -> bool:
        """Whether room may be used under these caps: nothing more than they allow was dealt."""
        if self.caps is None:
            return True
        return self.caps.all == caps.all and (pool == "main" or self.caps.free == caps.of("free"))

    def left(self, pool: Pool, caps: Caps) -> int:
        """What can still be dealt to a pool."""
        left = caps.all - self.dealt
        return min(left, caps.of("free") - self.dealt_free) if pool == "free" else left


@dataclass(frozen=True)
class Deal:
    """Room for one reservation at `place`: `taken` from other shards, `amount` dealt to it; maybe it has enough.

    `anew` writes other caps than before on every row.
    """

    place: Place
    amount: int = 0
    taken: Mapping[Place, int] = field(default_factory=dict)
    needed: bool = True
    anew: bool = False

    @property
    def change(self) -> int:
        """What becomes of the day's dealt total."""
        return self.amount - sum(self.taken.values())

    @property
    def change_free(self) -> int:
        """What becomes of the part of it that free shards hold."""
        pool, _ = self.place
        taken = sum(room for (other, _), room in self.taken.items() if other == "free")
        return (self.amount if pool == "free" else 0) - taken


def deal(day: Day, wanted: Place, micros: int, caps: Caps) -> Deal | None:
    """How so many micro-dollars find room in the wanted pool, at best in the wanted shard; None: the cap is reached."""
    pool, _ = wanted
    if not day.under(pool, caps):
        return _collected(day, wanted, micros, caps, anew=True)
    left, piece = day.left(pool, caps), caps.of(pool) // PIECES
    for amount in (piece, 0):  # a whole piece while there are any, so that jobs spread over the shards
        fullest = wanted if amount else max(_places(pool), key=lambda place: _room(day, place))
        if fullest in day.shards and _room(day, fullest) >= micros:
            return Deal(fullest, needed=False)
        lacking = max(amount, micros - _room(day, fullest))
        if left >= lacking:
            return Deal(fullest, amount=lacking)
    return _collected(day, fullest, micros, caps, anew=False)


def _collected(day: Day, place: Place, micros: int, caps: Caps, *, anew: bool) -> Deal | None:
    """Every bit of room in every shard brought to one: what is committed decides alone."""
    committed = sum(shard.committed for shard in day.shards.values())
    committed_free = sum(shard.committed for (pool, _), shard in day.shards.items() if pool == "free")
    if committed + micros > caps.all or (place[0] == "free" and committed_free + micros > caps.of("free")):
        return None
    taken = {other: shard.room for other, shard in day.shards.items() if (shard.room or anew) and other != place}
    return Deal(place, amount=micros - _room(day, place), taken=taken, anew=anew)


def _room(day: Day, place: Place) -> int:
    return day.shards.get(place, Shard()).room


def _places(pool: Pool) -> tuple[Place, ...]:
    return tuple((pool, shard) for shard in range(SHARDS))


class Reservation(Record):
    """Micro-dollars set aside in one shard of a day's budget; `free` is the pool of credits that were given away."""

    day: str
    shard: int
    micros: int
    pool: Pool = "main"

    @property
    def place(self) -> Place:
        """Which row of the day's it was taken from."""
        return self.pool, self.shard
