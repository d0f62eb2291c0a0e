"""In-memory stand-ins for what lies outside: time, providers, the meter. Each obeys the real one's contract."""

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count

from PIL import Image

from easel.providers.errors import ProviderError, ProviderUnavailable
from easel.providers.protocol import Made, Order, Task

NOON = 1_793_188_800_000  # 2026-10-28T12:00:00Z


class FakeClock:
    """A clock that moves only when told, or when somebody sleeps."""

    def __init__(self, now: int = NOON) -> None:
        self._now = now
        self.on_sleep: Callable[[], object] | None = None

    def now(self) -> int:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.forward(seconds)
        if self.on_sleep:
            self.on_sleep()

    def jitter(self) -> float:
        return 0.5

    def forward(self, seconds: float) -> None:
        self._now += round(seconds * 1000)


class FakeMeter:
    """Counts in memory."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        self.counts[name] += value
        for dimension, said in dimensions.items():
            self.counts[f"{name}.{dimension}={said}"] += value


Behaviour = ProviderError | Callable[[Order], Made]


class FakeProvider:
    """A provider that does what it is told, in order, and then makes images."""

    def __init__(self, *script: Behaviour, clock: FakeClock | None = None, seconds: float = 1) -> None:
        self.script = list(script)
        self.orders: list[Order] = []
        self._clock = clock
        self._seconds = seconds

    def make(self, order: Order) -> Made:
        self.orders.append(order)
        if self._clock:
            self._clock.forward(self._seconds)
        behaviour: Behaviour = self.script.pop(0) if self.script else pictures
        if isinstance(behaviour, ProviderError):
            raise behaviour
        return behaviour(order)


class FakeQueue:
    """A provider that takes orders now and delivers `seconds` later, or fails then as it was told."""

    def __init__(self, clock: FakeClock, *failures: ProviderError, seconds: float = 30) -> None:
        self.clock = clock
        self.failures = list(failures)
        self.seconds = seconds
        self.orders: list[Order] = []
        self.canceled: list[str] = []
        self.looked: list[Order] = []
        self.cost_micros: int | None = None  # of an image, known when it is ordered
        self.counted = True  # whether the answer says what it cost
        self._ready: dict[str, int] = {}

    def submit(self, order: Order) -> Task:
        self.orders.append(order)
        name = f"task-{len(self.orders)}"
        self._ready[name] = self.clock.now() + round(self.seconds * 1000)
        return Task(name, 5, self.cost_micros)

    @property
    def looks(self) -> int:
        return len(self.looked)

    def ready(self, task_id: str) -> None:
        """Have it done by now."""
        self._ready[task_id] = self.clock.now()

    def look(self, task_id: str, order: Order) -> Made | Task:
        self.looked.append(order)
        if task_id in self.canceled:
            raise ProviderUnavailable("canceled", paid=False)
        if self.clock.now() < self._ready[task_id]:
            return Task(task_id, 5)
        if self.failures:
            raise self.failures.pop(0)
        made = pictures(order)
        return made if self.counted else replace(made, cost_micros=None)

    def cancel(self, task_id: str) -> None:
        self.canceled.append(task_id)


_requests = count(1)


def pictures(order: Order) -> Made:
    """What a healthy provider makes: as many as ordered."""
    images = tuple(png(order.width // 16, order.height // 16) for _ in range(order.n))
    return Made(
        images=images, cost_micros=40_000 * order.n, usage={"output_tokens": 1000}, request_id=f"req_{next(_requests)}"
    )


def only(number: int) -> Callable[[Order], Made]:
    """A provider that makes no more than so many of what was ordered."""

    def make(order: Order) -> Made:
        return replace(pictures(order), images=pictures(order).images[:number])

    return make


@cache
def png(width: int = 64, height: int = 64, color: str = "teal") -> bytes:
    """A small real PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), color).save(buffer, "PNG")
    return buffer.getvalue()
