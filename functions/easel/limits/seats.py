"""The waiting room: how many requests wait at once in the doors, so that waiters never take the functions from others.

A row a window of time counts who entered in it and still waits. Windows are as long as anybody waits, so those of this
window and the one before are all there are; a waiter whose function died is forgotten with its window.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Update
from easel.clock import SECOND, Clock


@dataclass(frozen=True)
class Seats:
    """At most `seats` wait at once, `seconds` at the longest; rooms of other names have seats of their own."""

    database: Database
    table: str
    clock: Clock
    seats: int
    seconds: int
    name: str = "waiting"

    @contextmanager
    def seat(self) -> Iterator[bool]:
        """Whether there is a seat; it is given up at the end. None where the counter is out of reach."""
        window = self.clock.now() // (self.seconds * SECOND)
        try:
            seated = self._enter(window)
        except Contended:
            seated = False
        try:
            yield seated
        finally:
            if seated:
                with suppress(ConditionFailed, Contended):  # the row is gone, or will be in a minute
                    self.database.update(self._change(window, -1, "attribute_exists(pk)"))

    def _enter(self, window: int) -> bool:
        before = self.database.get(self.table, self.name, str(window - 1))
        free = self.seats - int(before["waiting"] if before else 0)  # nobody enters the past, so it only gets fewer
        if free <= 0:
            return False
        condition = "attribute_not_exists(waiting) OR waiting < :free"
        try:
            self.database.update(self._change(window, 1, condition, free=free))
        except ConditionFailed:
            return False
        return True

    def _change(self, window: int, change: int, condition: str, **values: int) -> Update:
        expires = (window + 3) * self.seconds
        return Update(
            name=self.name,
            table=self.table,
            pk=self.name,
            sk=str(window),
            expression="SET expiresAt = :expires ADD waiting :change",
            condition=condition,
            values={"change": change, "expires": expires, **values},
        )
