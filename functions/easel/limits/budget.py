"""The day's budget over everyone, in micro-dollars, in DynamoDB: `budget_shards` says what is dealt, this writes it.

A shard's row holds `committed` (reserved + spent), `spent`, and `room`, which reservations take from.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_args

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Item, Update
from easel.clock import DAY, SECOND
from easel.limits.budget_shards import SHARDS, Caps, Day, Deal, Place, Pool, Reservation, Shard, deal

KEPT_DAYS = 400
TRIES = 12  # how often others may take the room that was just found
TOTAL = "total"


@dataclass(frozen=True)
class Budget:
    """One stage's budget; `cap_micros` is what it may spend a day, `free_cap_micros` of it on credits given away."""

    database: Database
    table: str
    cap_micros: int
    free_cap_micros: int | None = None  # None: as much as on anything

    @property
    def caps(self) -> Caps:
        """Both caps."""
        return Caps(self.cap_micros, self.cap_micros if self.free_cap_micros is None else self.free_cap_micros)

    def pick(self, jitter: float) -> int:
        """Any shard, by a number in [0, 1)."""
        return int(jitter * SHARDS)

    def reserve(self, reservation: Reservation) -> Update:
        """The write that sets micro-dollars aside, refused where the shard has no room for them."""
        caps = self.caps
        values = {"micros": reservation.micros, "less": -reservation.micros, "cap": caps.all}
        condition = "room >= :micros AND cap = :cap"
        if reservation.pool == "free":
            values["freeCap"] = caps.of("free")
            condition += " AND freeCap = :freeCap"
        expression = "ADD committed :micros, room :less"
        return self._update("budget", reservation.day, reservation.place, expression, condition, values)

    def with_room(self, wanted: Reservation, now: int) -> Reservation | None:
        """The reservation in a shard that has room for it now, or None: the cap is reached.

        Raises Contended where others keep taking the room.
        """
        for _ in range(TRIES):
            day = self._day(wanted.day)
            found = deal(day, wanted.place, wanted.micros, self.caps)
            if found is None:
                return None
            try:
                if found.needed:
                    self.database.commit(
                        self._dealt(wanted.day, day, found, now), token=str(uuid.uuid4()), until=now + 5 * SECOND
                    )
            except (ConditionFailed, Contended):  # somebody else had it, or nobody knows: look again
                continue
            return wanted.model_copy(update={"shard": found.place[1]})
        raise Contended("the day's budget is being dealt to others")

    def give_back(self, reservations: Iterable[Reservation], spent_micros: int) -> tuple[Update, ...]:
        """The writes that turn reservations into what was spent, on the days and shards they came from."""
        rows: dict[tuple[str, Place], int] = {}
        for reservation in reservations:
            row = (reservation.day, reservation.place)
            rows[row] = rows.get(row, 0) + reservation.micros
        updates = []
        for index, ((day, place), reserved) in enumerate(rows.items()):
            spent = spent_micros if index == len(rows) - 1 else min(spent_micros, reserved)
            spent_micros -= spent
            values = {"change": spent - reserved, "freed": reserved - spent, "spent": spent}
            expression = "ADD committed :change, room :freed, spent :spent"
            exists = "attribute_exists(committed)"
            updates.append(self._update(f"budget{index}", day, place, expression, exists, values))
        return tuple(updates)

    def _day(self, day: str) -> Day:
        rows, _ = self.database.query(self.table, "pk = :day", {"day": f"budget#{day}"}, ConsistentRead=True)
        by_sort = {row["sk"]: row for row in rows}
        total = by_sort.pop(TOTAL, {})
        return Day(
            dealt=int(total.get("dealt", 0)),
            dealt_free=int(total.get("dealtFree", 0)),
            caps=Caps(int(total["cap"]), int(total["freeCap"])) if total else None,
            shards={_place(sort): _shard(row) for sort, row in by_sort.items()},
        )

    def _dealt(self, day: str, before: Day, plan: Deal, now: int) -> tuple[Update, ...]:
        free = plan.place[0] == "free"
        caps, known, expires = self.caps, before.caps or self.caps, (now + KEPT_DAYS * DAY) // SECOND
        named = {"cap": caps.all, "freeCap": caps.of("free") if free or not before.caps else known.free}
        most = {"dealt": caps.all - plan.change, **({"dealtFree": caps.of("free") - plan.change_free} if free else {})}
        same = {"seenCap": known.all, "seenFree": known.free} if before.caps else {}
        conditions = [_at_most(name, value) for name, value in most.items()]
        conditions += ["cap = :seenCap AND freeCap = :seenFree" if same else "attribute_not_exists(cap)"]
        total = {"change": plan.change, "free": plan.change_free, "expires": expires, **named, **same}
        total |= {f"{name}Max": value for name, value in most.items()}
        naming = "SET expiresAt = :expires, cap = :cap, freeCap = :freeCap"
        shard = {"amount": plan.amount, "none": 0, "expires": expires, **named}
        kept = {"keep": -plan.amount} if plan.amount < 0 else {}
        return (
            Update(
                "total",
                self.table,
                f"budget#{day}",
                TOTAL,
                f"{naming} ADD dealt :change, dealtFree :free",
                total,
                " AND ".join(conditions),
            ),
            self._update(
                "shard",
                day,
                plan.place,
                f"{naming} ADD room :amount, committed :none",
                "room >= :keep" if kept else None,
                {**shard, **kept},
            ),
            *(
                self._taken(index, day, place, room, named if plan.anew else {})
                for index, (place, room) in enumerate(plan.taken.items())
            ),
        )

    def _taken(self, index: int, day: str, place: Place, room: int, named: dict[str, int]) -> Update:
        naming = "SET cap = :cap, freeCap = :freeCap " if named else ""
        values = {"less": -room, "room": room, **named}
        return self._update(f"taken{index}", day, place, f"{naming}ADD room :less", "room = :room", values)

    def _update(
        self, name: str, day: str, place: Place, expression: str, condition: str | None, values: dict[str, Any]
    ) -> Update:
        pool, shard = place
        return Update(name, self.table, f"budget#{day}", f"{pool}#{shard}", expression, values, condition)


def _at_most(name: str, most: int) -> str:
    return f"({f'attribute_not_exists({name}) OR ' if most >= 0 else ''}{name} <= :{name}Max)"


def _place(sort: str) -> Place:
    name, _, shard = sort.partition("#")
    pool: Pool = next(pool for pool in get_args(Pool) if pool == name)
    return pool, int(shard)


def _shard(row: Item) -> Shard:
    return Shard(committed=int(row["committed"]), room=int(row["room"]))
