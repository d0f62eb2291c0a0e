"""What a job is and how it moves: one table of transitions and pure functions from one row to the next.

Every stored change goes through a function here and is written on condition that the row's `version` is still the
one it was planned from, so two workers can never both win. Times are milliseconds since 1970 UTC.
"""

from enum import StrEnum
from typing import Any, Self

from easel.catalog.plan import Mode, Step
from easel.clock import Millis
from easel.credits.model import Draw
from easel.jobs.attempts import Attempt, StoredImage
from easel.limits.allowance import Allowance
from easel.limits.budget_shards import Reservation
from easel.moderation.policy import Check
from easel.providers.protocol import Outcome
from easel.records import Record

SCHEMA = 1
ATTEMPTS_MAX = 24  # a bound on the row's size and on what one job may ever ask of providers
PAID_CALLS_MAX = 2  # per image slot and provider: the call, and one more when nobody knows how the first ended


class Status(StrEnum):
    """Where a job stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


FINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELED})

ALLOWED: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.FAILED, Status.CANCELED}),
    Status.RUNNING: frozenset({Status.RUNNING, *FINAL}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELED: frozenset(),
}


class Failure(Record):
    """Why a job cannot go on: a code of the contract and a sentence for its owner."""

    code: str
    message: str
    stage: str | None = None
    categories: tuple[str, ...] = ()


class JobShare(Record):
    """What lets whoever holds its token see the job's pictures until it ends (ms); the token itself is not kept."""

    id: str
    token_hash: str
    prompt: bool = False  # whether the prompt is shown with them
    created_at: Millis
    expires_at: Millis


class Booking(Record):
    """A time (ms) at which a provider's pace lets this job ask for so many images; nobody else gets it."""

    provider: str
    model: str
    at: Millis
    images: int


class Job(Record):
    """One request for `n` images, and everything that has happened to it. Holds no text of its owner's."""

    id: str
    owner: str
    payer: str
    started_by: str | None = None  # `key:<id>`, `command…` or the person; None on rows of earlier releases
    viewer_hash: str | None = None  # anonymous only: SHA-256 of the job token
    status: Status = Status.QUEUED
    version: int = 1
    row_schema: int = SCHEMA
    start_token: str  # which call of `start` wrote the row: tells its own lost reply from somebody's replay
    keyed: bool = False
    body_hash: str | None = None
    accepted: bool = False  # its caller has, or will have, an answer: worth starting late
    mode: Mode
    model_id: str
    requested_model_id: str
    feature_id: str | None = None
    n: int = 1
    width: int
    height: int
    quality: str
    output_format: str = "png"
    output_compression: int | None = None
    background: str | None = None
    previews: int = 0  # partial images shown while it runs
    references: int = 0
    prepared: bool = False
    route: tuple[Step, ...]
    warnings: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()  # what moderation said, without a word of the text
    webhook_url: str | None = None  # is told of its end; gone with what its owner said
    safety_identifier: str | None = None  # a keyed hash of who among the owner's users asks, where the owner said so
    held: int
    draws: tuple[Draw, ...] = ()
    held_available: int = 0  # what the first answer said was left
    charged: int = 0
    returned: int = 0
    refunded: int = 0
    reservations: tuple[Reservation, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    booking: Booking | None = None
    images: tuple[StoredImage, ...] = ()
    failure: Failure | None = None
    cancel_requested: bool = False
    shares: tuple[JobShare, ...] = ()
    starred: bool = False  # its owner wants to find it again
    erased: bool = False  # its owner sees it no more, and its text is gone
    erased_by: str | None = None  # as `started_by`
    swept: bool = False  # and so is every object
    created_at: Millis
    started_at: Millis | None = None
    finished_at: Millis | None = None
    deadline_at: Millis
    wake_by: Millis | None = None

    @property
    def final(self) -> bool:
        """Whether nothing will change any more, erasing apart."""
        return self.status in FINAL

    @property
    def last(self) -> Attempt | None:
        """The attempt begun last."""
        return self.attempts[-1] if self.attempts else None

    @property
    def missing(self) -> tuple[int, ...]:
        """The slots no attempt has delivered."""
        delivered = {image.slot for attempt in self.attempts for image in attempt.images}
        return tuple(slot for slot in range(self.n) if slot not in delivered)

    @property
    def refused(self) -> bool:
        """Whether a provider's moderation said no: final, nobody else is asked."""
        return any(attempt.outcome is Outcome.REFUSED for attempt in self.attempts)

    def delivered(self) -> tuple[tuple[Attempt, StoredImage], ...]:
        """The image of each filled slot with the attempt that made it, by slot; the earlier attempt wins."""
        chosen: dict[int, tuple[Attempt, StoredImage]] = {}
        for attempt in self.attempts:
            for image in attempt.images:
                chosen.setdefault(image.slot, (attempt, image))
        return tuple(chosen[slot] for slot in sorted(chosen))

    def step_of(self, attempt: Attempt) -> Step:
        """The route's step that an attempt was a turn of."""
        return next(step for step in self.route if (step.provider, step.model) == (attempt.provider, attempt.model))

    def paid_calls(self, provider: str, slot: int) -> int:
        """How many calls for this slot the provider may have billed; an abandoned or open attempt counts as one."""
        return sum(
            max(sum(1 for call in attempt.calls if call.paid and slot in call.slots), int(attempt.evidence_may_come))
            for attempt in self.attempts
            if attempt.provider == provider and slot in attempt.slots
        )

    @property
    def reserved_micros(self) -> int:
        """What is set aside for it in the days' budgets."""
        return sum(reservation.micros for reservation in self.reservations)

    def cost_micros(self) -> int:
        """What its calls cost so far, in micro-dollars; a paid call of unknown cost counts as its worst."""
        return sum(self._cost_of(attempt) for attempt in self.attempts)

    def _cost_of(self, attempt: Attempt) -> int:
        worst = self.step_of(attempt).worst_micros_per_image
        if attempt.evidence_may_come and not attempt.calls:
            return worst * len(attempt.slots)
        return sum(
            call.cost_micros if call.cost_micros is not None else worst * len(call.slots) * int(call.paid)
            for call in attempt.calls
        )

    def moved(self, **changes: Any) -> Self:
        """The next version of this row."""
        return self.model_copy(update={**changes, "version": self.version + 1})

    def to(self, status: Status, **changes: Any) -> Self:
        """The next version, in another status; a move the table does not allow is a bug and raises ValueError."""
        if status not in ALLOWED[self.status]:
            raise ValueError(f"job {self.id} cannot go from {self.status} to {status}")
        return self.moved(status=status, **changes)

    def closing(self, number: int, **changes: Any) -> Self:
        """The next version, with the outcome of attempt `number` written down."""
        return self.moved(
            attempts=tuple(
                attempt.model_copy(update=changes) if attempt.number == number else attempt for attempt in self.attempts
            )
        )
