"""How a day's cap is allocated to the shards that jobs reserve from: no row is hot, no micro-dollar counts twice.

One row a day, the total, says how much of the cap was allocated. A shard's row says how much of its part is committed
(reserved or spent) and how much is free to reserve. Always: allocated = Σ (committed + free to reserve) over the
shards, and allocated ≤ cap, so Σ committed ≤ cap whatever order things happen in.

An example with a cap of 6,400, so chunks of 100, a 64th of it (committed + free to reserve):

    reserve                what is allocated                             total   shard 0    shard 1
    60 in shard 0          a chunk to shard 0                              100   60 + 40
    60 in shard 1          a chunk to shard 1                              200   60 + 40    60 + 40
    6,270 in shard 1       6,200 of the cap are left and 40 are free in
                           the fullest shard: too few, so the 40 of
                           shard 1 go there too ("rebalance")            6,390   6,330 + 0  60 + 0
    11 in shard 1          6,390 + 11 pass the cap: refused

So a reservation is refused only where what is committed leaves too little of the cap. Every row names the cap it was
allocated under: under another cap everything free is taken back first, and the new one is in force from the first
reservation made under it. Credits that were given away have shards and a smaller cap of their own, allocated out of
the same total. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from easel.records import Record

SHARDS = 16
CHUNKS = 64  # a shard is allocated a 64th of its pool's cap at a time
Pool = Literal["main", "free"]
ShardKey = tuple[Pool, int]


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
    """One shard's row, in micro-dollars: `committed` is reserved or spent, `spent` of it is gone for good."""

    committed: int = 0
    free: int = 0
    spent: int = 0


@dataclass(frozen=True)
class Day:
    """A day's rows as they were read; `caps` are those they were allocated under, every row's alike."""

    allocated: int = 0
    allocated_free: int = 0
    caps: Caps | None = None
    shards: Mapping[ShardKey, Shard] = field(default_factory=dict)

    def allocated_under(self, pool: Pool, caps: Caps) -> bool:
        """Whether a pool may be reserved from under these caps: nothing more than they allow was allocated."""
        if self.caps is None:
            return True
        return self.caps.all == caps.all and (pool == "main" or self.caps.free == caps.of("free"))

    def unallocated(self, pool: Pool, caps: Caps) -> int:
        """What can still be allocated to a pool."""
        left = caps.all - self.allocated
        return min(left, caps.of("free") - self.allocated_free) if pool == "free" else left

    def free_in(self, key: ShardKey) -> int:
        """What can be reserved in one shard."""
        return self.shards.get(key, Shard()).free

    def fits(self, pool: Pool, micros: int, caps: Caps) -> bool:
        """Whether what is committed leaves so much of both caps."""
        return self._leaves(pool, micros, caps, {key: shard.committed for key, shard in self.shards.items()})

    def fits_once_all_ended(self, pool: Pool, micros: int, caps: Caps) -> bool:
        """Whether what is spent for good leaves so much of both caps: what is only reserved may come back."""
        return self._leaves(pool, micros, caps, {key: shard.spent for key, shard in self.shards.items()})

    def _leaves(self, pool: Pool, micros: int, caps: Caps, used: Mapping[ShardKey, int]) -> bool:
        given_away = sum(amount for (of, _), amount in used.items() if of == "free")
        return sum(used.values()) + micros <= caps.all and (pool == "main" or given_away + micros <= caps.of("free"))


@dataclass(frozen=True)
class Allocation:
    """What makes a reservation possible in `shard`: `amount` added to it, and `taken` from others.

    `writes` is False where the shard has enough and nothing is written; `new_caps` names other caps on every row.
    """

    shard: ShardKey
    amount: int = 0
    taken: Mapping[ShardKey, int] = field(default_factory=dict)
    writes: bool = True
    new_caps: bool = False

    @property
    def change(self) -> int:
        """What becomes of the day's allocated total."""
        return self.amount - sum(self.taken.values())

    @property
    def change_free(self) -> int:
        """What becomes of the part of it that the free pool's shards hold."""
        pool, _ = self.shard
        taken = sum(amount for (other, _), amount in self.taken.items() if other == "free")
        return (self.amount if pool == "free" else 0) - taken


def allocate(day: Day, wanted: ShardKey, micros: int, caps: Caps) -> Allocation | None:
    """How so many micro-dollars can be reserved in a pool, at best in the wanted shard; None: they pass the cap."""
    pool, _ = wanted
    if not day.allocated_under(pool, caps):
        return _rebalance(day, wanted, micros, caps, new_caps=True)
    unallocated = day.unallocated(pool, caps)
    for amount in (caps.of(pool) // CHUNKS, 0):  # whole chunks while there are any, so that jobs spread over shards
        key = wanted if amount else max(_keys(pool), key=day.free_in)
        if key in day.shards and day.free_in(key) >= micros:
            return Allocation(key, writes=False)
        lacking = max(amount, micros - day.free_in(key))
        if unallocated >= lacking:
            return Allocation(key, amount=lacking)
    return _rebalance(day, key, micros, caps, new_caps=False)


def _rebalance(day: Day, key: ShardKey, micros: int, caps: Caps, *, new_caps: bool) -> Allocation | None:
    """Everything free in every shard brought to one: what is committed decides alone."""
    if not day.fits(key[0], micros, caps):
        return None
    others = {other: shard.free for other, shard in day.shards.items() if other != key}
    taken = {other: free for other, free in others.items() if free or new_caps}
    return Allocation(key, amount=micros - day.free_in(key), taken=taken, new_caps=new_caps)


def _keys(pool: Pool) -> tuple[ShardKey, ...]:
    return tuple((pool, shard) for shard in range(SHARDS))


class Reservation(Record):
    """Micro-dollars set aside in one shard of a day's budget; `free` is the pool of credits that were given away."""

    day: str
    shard: int
    micros: int
    pool: Pool = "main"
    accounts: tuple[str, ...] = ()  # whose shares of the cap it counts towards (`shares`)
    jobs: int = 0  # 1 where its address counts its job as unfinished too; not on rows of earlier releases

    @property
    def shard_key(self) -> ShardKey:
        """Which row of the day's it was taken from."""
        return self.pool, self.shard
