"""Where an adapter is tried: orders go through its real SDK over a socket, and what came of them is noted."""

import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from easel.errors import ImageRejected
from easel.images import sanitize
from easel.providers.errors import ProviderError
from easel.providers.protocol import Made, Order, Picture, Provider, QueueProvider, Task
from local.standins.script import SCRIPT
from local.standins.server import Server
from tests.adversarial.provider_wires import Setup
from tests.support.fakes import png

LOOKS_MAX = 200
LOOK_PAUSE = 0.02
Build = Callable[[Setup, str], Provider | QueueProvider]


def as_it_is(setup: Setup, root: str) -> Provider | QueueProvider:
    """The adapter as the product builds it."""
    return setup.build(root)


@dataclass
class Bench:
    """One adapter before one stand-in; `broken` gathers what does not hold."""

    setup: Setup
    server: Server
    build: Build = as_it_is
    broken: list[str] = field(default_factory=list)
    reached: Counter[str] = field(default_factory=Counter)
    prompt: str = "A lighthouse at dusk"

    def will(self, do: str, **more: Any) -> None:
        """The stand-in's next turn."""
        self.server.stage.play(SCRIPT.validate_python([{"do": do, **more}]))

    def order(self, **changes: Any) -> Order:
        """An order of one image at this adapter's model."""
        width, height = self.setup.size
        fields: dict[str, Any] = {
            "model": self.setup.model,
            "prompt": self.prompt,
            "width": width,
            "height": height,
            "quality": "medium",
            "n": 1,
            "output_format": "png",
            "timeout_seconds": 10.0,
            "client_request_id": str(uuid.uuid4()),
            "safety_identifier": "hash-of-ann",
        }
        return Order(**{**fields, **changes})

    def make(self, **changes: Any) -> Made:
        """Order, and wait as long as the workflow would."""
        return self.delivered(self.build(self.setup, self.server.root), self.order(**changes))

    def delivered(self, provider: Provider | QueueProvider, order: Order) -> Made:
        """What came of an order, whether at once or later."""
        if not isinstance(provider, QueueProvider):
            return provider.make(order)
        task = provider.submit(order)
        self.reached["task_taken_on"] += 1
        bare = replace(order, references=(), mask=None, markup=None)
        for _ in range(LOOKS_MAX):
            found = provider.look(task.id, bare)
            if not isinstance(found, Task):
                return found
            self.reached["looked_again"] += 1
            time.sleep(LOOK_PAUSE)
        raise AssertionError("its task never ended")

    def fails(self, kind: type[ProviderError], *, paid: bool | None = None, **changes: Any) -> ProviderError | None:
        """The error that a call ends with; anything else is broken."""
        try:
            made = self.make(**changes)
        except ProviderError as error:
            self.holds(type(error) is kind, f"{type(error).__name__} ({error.reason}) instead of {kind.__name__}")
            if paid is not None:
                self.holds(error.paid is paid, f"paid is {error.paid}, not {paid} ({error.reason})")
            self.reached[type(error).__name__] += 1
            self.holds("a-key" not in error.reason, "a key in a reason")
            return error
        self.holds(False, f"{len(made.images)} images instead of {kind.__name__}")
        return None

    def holds(self, what: bool, otherwise: str) -> None:
        """Note what does not hold."""
        if not what:
            self.broken.append(otherwise)

    def asked(self, times: int) -> None:
        """How many paid requests were sent."""
        calls = self.server.stage.called()
        self.holds(len(calls) == times, f"{len(calls)} requests instead of {times}")

    def usable(self, made: Made) -> int:
        """How many of the images are images."""
        return sum(1 for content in made.images if _is_image(content))

    def pictures(self, count: int) -> tuple[Picture, ...]:
        """References."""
        colours = ("teal", "tomato", "gold")
        return tuple(Picture(png(96, 64, colours[i % 3]), "image/png") for i in range(count))

    def cost(self, *, references: int = 0, images: int = 1) -> int:
        """What the provider's own arithmetic says."""
        return self.setup.cost(len(self.prompt.encode()), references, images)


def _is_image(content: bytes) -> bool:
    try:
        sanitize.examine(content)
    except ImageRejected:
        return False
    return True
