"""Easel's Clock in a region's time; an invocation may see it wrong by its own skew."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.aws.region import Region


@dataclass(frozen=True)
class VirtualClock:
    """Time as the invocation that asks sees it."""

    region: Region
    random: Callable[[], float] = lambda: 0.5

    def now(self) -> int:
        """Milliseconds, on the region's grain."""
        skew = self.region.actor.skew if self.region.actor else 0
        seen = self.region.now + skew
        return seen - seen % self.region.grain

    def sleep(self, seconds: float) -> None:
        """Give way until so much virtual time has passed."""
        self.region.sleep(seconds)

    def jitter(self) -> float:
        """As random as the proof wants it."""
        return self.random()
