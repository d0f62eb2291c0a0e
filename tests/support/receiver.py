"""Servers of owners, in memory: they take what is posted, or not, as a test says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from easel.webhooks.sending import Answered

MASTER = b"a master secret of the tests, and of nothing else"
URL = "https://hooks.shop.example/easel"
TAKEN = Answered(milliseconds=40, status=204)
FAILED = Answered(milliseconds=40, status=500, answer="down for repairs")


@dataclass(frozen=True)
class Letter:
    """One request as it came in, at a time (ms)."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    at: int


@dataclass
class Receiver:
    """All servers of the internet at once; `answers` are given in turn, then `otherwise`."""

    now: Callable[[], int]
    answers: list[Answered] = field(default_factory=list)
    otherwise: Answered = TAKEN
    letters: list[Letter] = field(default_factory=list)
    told: list[tuple[str, bytes]] = field(default_factory=list)  # what the bus was told
    bus_down: bool = False
    on_post: Callable[[], object] = lambda: None

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """One request."""
        self.letters.append(Letter(url, dict(headers), body, self.now()))
        self.on_post()
        return self.answers.pop(0) if self.answers else self.otherwise

    def tell(self, event: Any, said: bytes) -> bool:
        """One event on the bus."""
        if not self.bus_down:
            self.told.append((event.type, said))
        return not self.bus_down

    @property
    def ids(self) -> list[str]:
        """The `webhook-id` of every request."""
        return [letter.headers["webhook-id"] for letter in self.letters]
