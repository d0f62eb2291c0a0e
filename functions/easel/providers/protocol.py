"""What an adapter to an image API is given, what it gives back, and how it says no (`easel.errors.ProviderError`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Outcome(StrEnum):
    """How an attempt ended; an attempt without one is open."""

    DELIVERED = "delivered"  # at least one image is stored
    REFUSED = "refused"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    MISCONFIGURED = "misconfigured"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"  # sent, and nobody heard how it ended
    ABANDONED = "abandoned"  # its worker died, or was out of reach past its lease
    SKIPPED = "skipped"  # not asked: barred for everybody at that time


OnPreview = Callable[[int, bytes], object]  # a partial image's place and its bytes, as the provider sent them


@dataclass(frozen=True)
class Picture:
    """Image bytes with their MIME type, going to a provider (a reference or a mask), and how many pixels they are."""

    content: bytes
    mime_type: str
    pixels: int = 0


@dataclass(frozen=True)
class Order:
    """One call's worth of images, exact: nothing is left for the provider to choose.

    `timeout_seconds` bounds the whole call. `safety_identifier` is a keyed hash of the owner. `client_request_id`
    is unique to the call, so that a provider's support can find one that never answered. `on_preview` is told of
    up to `previews` partial images while one image is made, by providers that show them; it never raises for what
    they are. `markup` is drawn over the first reference. `moderation` is the operator's, where a provider has it.
    """

    model: str
    prompt: str
    width: int
    height: int
    quality: str
    n: int
    output_format: str
    timeout_seconds: float
    client_request_id: str
    safety_identifier: str
    output_compression: int | None = None
    background: str | None = None
    references: tuple[Picture, ...] = ()
    mask: Picture | None = None
    markup: Picture | None = None
    moderation: str = "auto"
    previews: int = 0
    on_preview: OnPreview | None = None

    @property
    def streams(self) -> bool:
        """Whether partial images are wanted: a stream does not say which image a part is of, so for one alone."""
        return self.n == 1 and self.previews > 0 and self.on_preview is not None


@dataclass(frozen=True)
class Made:
    """What came back: the images' bytes as the provider sent them, and what the call cost.

    `images` may be fewer than ordered and is never trusted to be images. `cost_micros` is micro-dollars, None
    where the provider said nothing to compute it from. `usage` is the provider's own counts. `reason` says, for
    operators, why there are fewer images than were paid for.
    """

    images: tuple[bytes, ...]
    cost_micros: int | None = None
    usage: dict[str, int] = field(default_factory=dict)
    request_id: str | None = None
    reason: str | None = None


class Provider(Protocol):
    """An adapter to one image API. It makes one HTTP request per call and never retries."""

    def make(self, order: Order) -> Made:
        """Make images, or raise a ProviderError that says what to do next."""


@dataclass(frozen=True)
class Task:
    """Work a provider has taken on: its own name for it, kept on the job, and in how long a look is worth it.

    `cost_micros` is what each of its images costs where that is known before they are made: a look is not shown the
    references, which may be part of the price.
    """

    id: str
    seconds: int
    cost_micros: int | None = None


@runtime_checkable
class QueueProvider(Protocol):
    """An adapter to an image API that takes orders now and delivers later: nobody waits for it, not even a worker."""

    def submit(self, order: Order) -> Task:
        """Hand in an order, once, or raise a ProviderError."""

    def look(self, task_id: str, order: Order) -> Made | Task:
        """What came of it, or the task again while nothing has; raises a ProviderError where nothing will.

        `order` comes without references, mask and markup: nothing is sent again.
        """

    def cancel(self, task_id: str) -> None:
        """Ask for it not to be made; too late is no error."""
