"""Who besieges a stage for a day, all of them knowing its limits: paying owners, given-away accounts, strangers."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from easel.clock import DAY, MINUTE
from easel.identity.callers import ANONYMOUS, USER_SCOPES, Caller
from tests.support.fakes import NOON

HOURS = 24
HOUR = 60 * MINUTE
MIDNIGHT = NOON + DAY // 2
SQUEEZE = NOON + 22 * HOUR  # from here on those who pay ask for more than the whole cap
LOWERED = NOON + 23 * HOUR  # and from here on the operator wants less
BURST = 40


@dataclass(frozen=True)
class Ask:
    """One request: when, of whom, for what."""

    at: int
    kind: str
    caller: Caller
    n: int
    quality: str


@dataclass(frozen=True)
class Siege:
    """So many of each, and how often each comes on average."""

    paying: int
    given: int
    strangers: int

    def asks(self, draw: random.Random) -> Iterator[Ask]:
        """Everything that is asked, in no order."""
        yield from self._paying(draw)
        yield from self._squeezing(draw)
        yield from self._given(draw)
        yield from self._strange(draw)

    def _paying(self, draw: random.Random) -> Iterator[Ask]:
        for number in range(self.paying):
            for _ in range(14):
                at = draw.randrange(NOON, SQUEEZE) if draw.random() < 0.95 else MIDNIGHT - draw.randrange(MINUTE)
                yield Ask(at, "paying", payer(number, f"198.51.{number % 250}.{number // 250}"), 1, "medium")

    def _squeezing(self, draw: random.Random) -> Iterator[Ask]:
        for _ in range(self.paying * 8):
            number, at = draw.randrange(self.paying), draw.randrange(SQUEEZE, NOON + HOURS * HOUR)
            n, quality = draw.choice(((1, "low"), (1, "medium"), (4, "medium"), (8, "high")))
            yield Ask(at, "squeezing", payer(number, f"198.51.{number % 250}.{number // 250}"), n, quality)

    def _given(self, draw: random.Random) -> Iterator[Ask]:
        """In bursts as a minute or a day begins, or just before it ends, as dear as the credits allow."""
        for number in range(self.given):
            caller = Caller(owner=f"user:free:{number}", scopes=USER_SCOPES, address=f"203.0.{number % 40}.1")
            for _ in range(10):
                n, quality = draw.choice(((1, "low"), (1, "medium"), (3, "medium"), (1, "high")))
                yield Ask(_edge(draw), "given", caller, n, quality)

    def _strange(self, draw: random.Random) -> Iterator[Ask]:
        for number in range(self.strangers):
            address = f"2001:db8:{number:x}::{draw.randrange(1 << 16):x}" if number % 2 else _ipv4(number)
            caller = Caller(owner=ANONYMOUS, scopes=USER_SCOPES, address=address)
            at, times = _edge(draw), 8 if number % 200 == 0 else draw.choice((1, 1, 1, 2))
            for _ in range(times):
                yield Ask(at + draw.randrange(500), "stranger", caller, 1, draw.choice(("low", "medium", "high")))


def payer(number: int, address: str = "") -> Caller:
    """An owner who has bought credits."""
    return Caller(owner=f"user:shop:{number}", scopes=USER_SCOPES, address=address)


def _edge(draw: random.Random) -> int:
    if draw.random() < 0.1:
        return MIDNIGHT + draw.randrange(-300, 300)
    minute = NOON + draw.randrange(HOURS * HOUR) // MINUTE * MINUTE
    burst = minute - minute % (BURST * MINUTE)
    return burst + draw.choice((0, 1, 5, MINUTE - 1))


def _ipv4(number: int) -> str:
    return f"100.{64 + number // 65_536}.{number // 256 % 256}.{number % 256}"
