"""The day's budget over everyone, in micro-dollars, in DynamoDB: `budget_shards` decides, this reads and writes.

The stored names are older than the words of `budget_shards`: `dealt` is allocated, `room` is free to reserve.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, get_args

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Update
from easel.aws.rows import Item
from easel.clock import DAY, SECOND
from easel.limits import shares
from easel.limits.budget_shards import SHARDS, Allocation, Caps, Day, Pool, Reservation, Shard, ShardKey, allocate
from easel.limits.shares import Shares

KEPT_DAYS = 400
TRIES = 12  # how often others may reserve what was just found free
TOTAL = "total"


@dataclass(frozen=True)
class Budget:
    """One stage's budget; `cap_micros` is what it may spend a day, `free_cap_micros` of it on credits given away."""

    database: Database
    table: str
    cap_micros: int
    free_cap_micros: int | None = None  # None: as much as on anything
    shares: Shares = field(default_factory=Shares)

    @property
    def caps(self) -> Caps:
        """Both caps."""
        return Caps(self.cap_micros, self.cap_micros if self.free_cap_micros is None else self.free_cap_micros)

    def pick(self, jitter: float) -> int:
        """Any shard, by a number in [0, 1)."""
        return int(jitter * SHARDS)

    def reserve(self, reservation: Reservation) -> Update:
        """The write that sets micro-dollars aside, refused where its shard has fewer free."""
        caps = self.caps
        values = {"micros": reservation.micros, "less": -reservation.micros, "cap": caps.all}
        condition = "room >= :micros AND cap = :cap"
        if reservation.pool == "free":
            values["freeCap"] = caps.of("free")
            condition += " AND freeCap = :freeCap"
        expression = "ADD committed :micros, room :less"
        return self._shard_update("budget", reservation.day, reservation.shard_key, expression, condition, values)

    def take_shares(self, reservation: Reservation, now: int) -> tuple[Update, ...]:
        """The writes that count a reservation towards its accounts' shares, named `share…`, refused above them."""
        return shares.taken(self.table, self.shares, reservation, self.caps, now)

    def take_shares_anyway(self, reservation: Reservation, now: int) -> tuple[Update, ...]:
        """The same for a job that was accepted before: no share refuses it, and what comes after it meets the count."""
        return shares.taken_anyway(self.table, reservation, now)

    def above_share(self, reservation: Reservation) -> str | None:
        """The first account whose share a reservation would pass as things stand, None where it fits."""
        for account in reservation.accounts:
            row = self.database.get(self.table, *shares.key_of(account, reservation)) or {}
            reserved = int(row.get("reserved", 0)) + reservation.micros
            if reserved > self.share_micros(account, reservation) or shares.crowded(row, account, self.shares):
                return account
        return None

    def share_micros(self, account: str, reservation: Reservation) -> int:
        """The most that an account may have reserved in the pool of a reservation, in micro-dollars."""
        return self.shares.micros(account, reservation, self.caps)

    def with_room(self, wanted: Reservation, now: int) -> Reservation | None:
        """The reservation in a shard that has enough free now, or None: it passes the cap.

        Allocates what is needed. Raises Contended where others keep reserving it.
        """
        for _ in range(TRIES):
            day = self.day(wanted.day)
            found = allocate(day, wanted.shard_key, wanted.micros, self.caps)
            if found is None:
                return None
            try:
                if found.writes:
                    writes = self._allocation_writes(wanted.day, day, found, now)
                    self.database.commit(writes, token=str(uuid.uuid4()), until=now + 5 * SECOND)
            except (ConditionFailed, Contended):  # somebody else had it, or nobody knows: look again
                continue
            return wanted.model_copy(update={"shard": found.shard[1]})
        raise Contended("the day's budget is being allocated to others")

    def give_back(self, reservations: Iterable[Reservation], spent_micros: int) -> tuple[Update, ...]:
        """The writes that turn reservations into what was spent, on the days and shards they came from."""
        reservations = tuple(reservations)
        rows: dict[tuple[str, ShardKey], int] = {}
        for reservation in reservations:
            row = (reservation.day, reservation.shard_key)
            rows[row] = rows.get(row, 0) + reservation.micros
        updates = []
        for index, ((day, key), reserved) in enumerate(rows.items()):
            spent = spent_micros if index == len(rows) - 1 else min(spent_micros, reserved)
            spent_micros -= spent
            values = {"change": spent - reserved, "freed": reserved - spent, "spent": spent}
            expression = "ADD committed :change, room :freed, spent :spent"
            exists = "attribute_exists(committed)"
            updates.append(self._shard_update(f"budget{index}", day, key, expression, exists, values))
        return (*updates, *shares.given_back(self.table, reservations))

    def day(self, day: str) -> Day:
        """A day's rows as they are now."""
        rows, _ = self.database.query(self.table, "pk = :day", {"day": f"budget#{day}"}, ConsistentRead=True)
        by_sort = {row["sk"]: row for row in rows}
        total = by_sort.pop(TOTAL, {})
        return Day(
            allocated=int(total.get("dealt", 0)),
            allocated_free=int(total.get("dealtFree", 0)),
            caps=Caps(int(total["cap"]), int(total["freeCap"])) if total else None,
            shards={_shard_key(sort): _shard(row) for sort, row in by_sort.items()},
        )

    def _allocation_writes(self, day: str, before: Day, plan: Allocation, now: int) -> tuple[Update, ...]:
        caps = {"cap": self.caps.all, "freeCap": self._free_cap_to_name(before, plan)}
        expires = (now + KEPT_DAYS * DAY) // SECOND
        return (
            self._change_total(day, before, plan, caps=caps, expires=expires),
            self._add_to_shard(day, plan, caps=caps, expires=expires),
            *(
                self._take_from_shard(f"taken{index}", day, key, amount, caps=caps if plan.new_caps else {})
                for index, (key, amount) in enumerate(plan.taken.items())
            ),
        )

    def _free_cap_to_name(self, before: Day, plan: Allocation) -> int:
        """Only an allocation to the free pool puts another free cap in force."""
        if before.caps is None or plan.shard[0] == "free":
            return self.caps.of("free")
        return before.caps.free

    def _change_total(self, day: str, before: Day, plan: Allocation, *, caps: dict[str, int], expires: int) -> Update:
        """The total moves by the allocation, where that stays within the caps and nobody changed them meanwhile."""
        values = {"change": plan.change, "free": plan.change_free, "expires": expires, **caps}
        conditions = [_at_most("dealt", values, self.caps.all - plan.change)]
        if plan.shard[0] == "free":
            conditions.append(_at_most("dealtFree", values, self.caps.of("free") - plan.change_free))
        if before.caps is None:
            conditions.append("attribute_not_exists(cap)")
        else:
            conditions.append("cap = :seenCap AND freeCap = :seenFree")
            values |= {"seenCap": before.caps.all, "seenFree": before.caps.free}
        expression = "SET expiresAt = :expires, cap = :cap, freeCap = :freeCap ADD dealt :change, dealtFree :free"
        condition = " AND ".join(conditions)
        return Update("total", self.table, f"budget#{day}", TOTAL, expression, values, condition)

    def _add_to_shard(self, day: str, plan: Allocation, *, caps: dict[str, int], expires: int) -> Update:
        """The shard has so much more to reserve; where it has less, that much must still be free."""
        expression = "SET expiresAt = :expires, cap = :cap, freeCap = :freeCap ADD room :amount, committed :none"
        values = {"amount": plan.amount, "none": 0, "expires": expires, **caps}
        condition = None
        if plan.amount < 0:
            condition, values["keep"] = "room >= :keep", -plan.amount
        return self._shard_update("shard", day, plan.shard, expression, condition, values)

    def _take_from_shard(self, name: str, day: str, key: ShardKey, amount: int, *, caps: dict[str, int]) -> Update:
        """Everything free is taken from a shard, where it is still what was read; under other caps it names those."""
        naming = "SET cap = :cap, freeCap = :freeCap " if caps else ""
        values = {"less": -amount, "room": amount, **caps}
        return self._shard_update(name, day, key, f"{naming}ADD room :less", "room = :room", values)

    def _shard_update(
        self, name: str, day: str, key: ShardKey, expression: str, condition: str | None, values: dict[str, Any]
    ) -> Update:
        pool, shard = key
        return Update(name, self.table, f"budget#{day}", f"{pool}#{shard}", expression, values, condition)


def _at_most(name: str, values: dict[str, int], most: int) -> str:
    """The condition that an attribute is at most so much, absent counting as zero; its value joins `values`."""
    values[f"{name}Max"] = most
    return f"({f'attribute_not_exists({name}) OR ' if most >= 0 else ''}{name} <= :{name}Max)"


def _shard_key(sort: str) -> ShardKey:
    name, _, shard = sort.partition("#")
    pool: Pool = next(pool for pool in get_args(Pool) if pool == name)
    return pool, int(shard)


def _shard(row: Item) -> Shard:
    return Shard(committed=int(row["committed"]), free=int(row["room"]), spent=int(row.get("spent", 0)))
