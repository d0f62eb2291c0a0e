"""Seats for workers: how many attempts may run at once, so that doors and settling always find room to run.

Lambda's concurrency belongs to the whole account, and a new one has ten. A worker holds one for as long as a provider
takes, so ten of them would stop every door. A worker that finds no seat answers `wait`, and holds nothing meanwhile.

A row a seat says who holds it and until when; a worker that died leaves its seat when its lease is over. Example: with
6 seats, of which 0 to 4 are held, a seventh worker finds seat 5 alone, and writes itself into it under the condition
that it is still free.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Update
from easel.clock import DAY, SECOND, Clock

PARTITION = "worker_seats"
TRIES = 3  # where others were faster; whoever loses so often comes back a little later


@dataclass
class Seat:
    """A worker's own seat, once it has taken one."""

    seats: "WorkerSeats"
    worker: str
    number: int | None = field(default=None, init=False)

    def take(self, *, until: int) -> bool:
        """Whether the worker has a seat now, its own until a time (ms) or until it leaves."""
        if self.seats.seats and self.number is None:
            self.number = self.seats.take(self.worker, until=until)
        return not self.seats.seats or self.number is not None


@dataclass(frozen=True)
class WorkerSeats:
    """At most `seats` workers at once; 0 sets no bound, where Lambda itself keeps workers apart from the rest."""

    database: Database
    table: str
    clock: Clock
    seats: int = 0

    @contextmanager
    def of(self, worker: str) -> Iterator[Seat]:
        """A worker's seat, still to be taken, and left at the end if it was."""
        seat = Seat(self, worker)
        try:
            yield seat
        finally:
            if seat.number is not None:
                with suppress(ConditionFailed, Contended):  # it is free when its time is over
                    self.database.update(self._free(seat.number, worker))

    def take(self, worker: str, *, until: int) -> int | None:
        """The number of the seat that the worker holds from now until a time (ms); None where none is free."""
        for _ in range(TRIES):
            free = self._free_numbers()
            if not free:
                return None
            number = secrets.choice(free)
            try:
                self.database.update(self._hold(number, worker, until))
            except ConditionFailed:
                continue
            except Contended:  # nobody knows whether it was written; such a seat is free again when its time is over
                return None
            return number
        return None

    def _free_numbers(self) -> list[int]:
        now = self.clock.now()
        rows, _ = self.database.query(self.table, "pk = :pk", {"pk": PARTITION}, ConsistentRead=True)
        held = {int(row["sk"]) for row in rows if int(row["heldUntil"]) > now}
        return [number for number in range(self.seats) if number not in held]

    def _hold(self, number: int, worker: str, until: int) -> Update:
        return self._update(
            number,
            "SET heldBy = :worker, heldUntil = :until, expiresAt = :expires",
            # One's own counts as free: the first write may have been applied though its reply was lost.
            "attribute_not_exists(heldUntil) OR heldUntil <= :now OR heldBy = :worker",
            worker=worker,
            until=until,
            now=self.clock.now(),
            expires=(until + DAY) // SECOND,
        )

    def _free(self, number: int, worker: str) -> Update:
        return self._update(number, "SET heldUntil = :free", "heldBy = :worker", worker=worker, free=0)

    def _update(self, number: int, expression: str, condition: str, **values: object) -> Update:
        return Update(
            name=PARTITION,
            table=self.table,
            pk=PARTITION,
            sk=f"{number:04}",
            expression=expression,
            condition=condition,
            values=values,
        )
