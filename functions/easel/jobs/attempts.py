"""What happened to a job: its attempts, their calls and tickets, the images they stored.

All of it is kept on the job's row. Times are milliseconds since 1970 UTC.
"""

from easel.clock import Millis
from easel.providers.protocol import Outcome
from easel.records import Record


class StoredImage(Record):
    """One image in the bucket: which slot of the job it fills, and what was measured after decoding it."""

    slot: int
    key: str
    thumbnail_key: str
    width: int
    height: int
    mime_type: str
    bytes: int


class Call(Record):
    """The record of one call to a provider.

    `paid` says that it may have been billed; `cost_micros` what it cost in micro-dollars, None when nobody knows.
    """

    started_at: Millis
    milliseconds: Millis
    slots: tuple[int, ...]
    outcome: str
    paid: bool
    cost_micros: int | None = None
    usage: dict[str, int] = {}
    request_id: str | None = None
    client_request_id: str | None = None
    reason: str | None = None


class Ticket(Record):
    """Work a provider has taken on and not delivered: its task, for these slots, and when to look (ms)."""

    task_id: str
    slots: tuple[int, ...]
    submitted_at: Millis
    look_at: Millis
    client_request_id: str
    cost_micros: int | None = None  # of each image, where that is known beforehand

    def given_up(self, now: Millis) -> Call:
        """The record of a call that nobody waited for any longer; it may be billed."""
        return Call(
            started_at=self.submitted_at,
            milliseconds=now - self.submitted_at,
            slots=self.slots,
            outcome=Outcome.UNKNOWN,
            paid=True,
            client_request_id=self.client_request_id,
        )


class Attempt(Record):
    """One turn of one provider for the slots still missing. Written before the call, closed after it.

    `turn` is the workflow's count of crashes when it began: Lambda's report of a dead worker names it.
    """

    number: int
    provider: str
    model: str
    slots: tuple[int, ...]
    started_at: Millis
    lease_until: Millis
    turn: int
    worker: str  # which invocation began it: tells its own lost reply from another's beginning
    outcome: Outcome | None = None
    reason: str | None = None
    retry_at: Millis | None = None
    ended_at: Millis | None = None
    images: tuple[StoredImage, ...] = ()
    calls: tuple[Call, ...] = ()
    tickets: tuple[Ticket, ...] = ()  # an open attempt with tickets is anybody's to look after

    def given_up(self, now: Millis) -> tuple[Call, ...]:
        """Its calls, when nobody waits any longer for what its queue still works on."""
        return (*self.calls, *(ticket.given_up(now) for ticket in self.tickets))

    @property
    def open(self) -> bool:
        """Whether nobody has said yet how it ended."""
        return self.outcome is None

    @property
    def asked(self) -> bool:
        """Whether the provider was asked at all."""
        return self.outcome is not Outcome.SKIPPED

    @property
    def evidence_may_come(self) -> bool:
        """Whether a worker that nobody heard from may have stored images."""
        return self.outcome in (None, Outcome.ABANDONED)
