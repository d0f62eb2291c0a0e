"""The kill switch: one row that stops new holds in every function within two seconds; running jobs finish.

Nothing is begun without a hold, so nothing new is spent; what was held was paid for and may be made, with the second
attempt that its reservation is for.
"""

from dataclasses import dataclass, field

from easel.aws.dynamodb import Database
from easel.clock import SECOND, Clock

ADDRESS = ("switch", "spending")
FRESH = 2 * SECOND


@dataclass
class KillSwitch:
    """Read at most every two seconds by each process; a condition in the start transaction would be a hot row."""

    database: Database
    table: str
    clock: Clock
    _on: bool = field(default=False, init=False)
    _read_at: int | None = field(default=None, init=False)

    def paused(self) -> bool:
        """Whether the operator has stopped spending, as of two seconds ago at most."""
        now = self.clock.now()
        if self._read_at is None or not self._read_at <= now < self._read_at + FRESH:
            row = self.database.get(self.table, *ADDRESS)
            self._on, self._read_at = bool(row and row["paused"]), now
        return self._on
