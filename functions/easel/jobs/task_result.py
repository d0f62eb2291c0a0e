"""What the workflow's hands answer: an outcome for its Choice, and for a Wait how long."""

from dataclasses import dataclass
from typing import Any, Literal

from easel.clock import Millis, seconds_up
from easel.policy import Clocks

Word = Literal["stored", "ended", "next", "wait", "pending", "prepare", "prepared", "done"]


@dataclass(frozen=True)
class TaskResult:
    """One word, and whole seconds to wait where the word is `wait` or `pending`."""

    outcome: Word
    seconds: int = 0

    def body(self) -> dict[str, Any]:
        """As the state machine reads it."""
        return {"outcome": self.outcome, "seconds": self.seconds}


def wait_until(time: Millis, *, now: Millis, clocks: Clocks) -> TaskResult:
    """Wait towards a time (ms), in whole seconds within the workflow's bounds; the rest is waited another time."""
    seconds = seconds_up(time - now)
    return TaskResult("wait", max(clocks.wait_min, min(clocks.wait_max, seconds)))
