"""What is told to whom: endpoints, the event of a job's end, and its delivery to each endpoint.

Nothing here holds a secret or a word of a job's owner: secrets are derived (`signing`), bodies are made of the job's
own row each time they are sent (`body`). Times are milliseconds since 1970 UTC.
"""

from typing import Any, Self

from easel.clock import Millis
from easel.records import Record

EVENT_TYPES = ("job.succeeded", "job.failed", "job.canceled")
TEST_TYPE = "webhook.test"
DEFAULT = "default"  # the endpoint that every owner has: it signs what goes to jobs' own addresses
ENDPOINTS_MAX = 10  # of an owner, the default one apart
TRIES_KEPT = 20  # more than a day's schedule has

PENDING, DELIVERED, GIVEN_UP, DROPPED = "pending", "delivered", "given_up", "dropped"


class Endpoint(Record):
    """Where an owner wants to be told of which events. `older_until`: the secret before signs too until then."""

    id: str
    url: str = ""  # of the default one there is none: each job brings its own
    events: tuple[str, ...] = EVENT_TYPES
    description: str = ""
    created_at: Millis = 0
    secret_version: int = 1
    older_until: Millis | None = None
    failing_since: Millis | None = None  # nothing has been delivered since
    off_since: Millis | None = None
    off_reason: str = ""

    @property
    def off(self) -> bool:
        """Whether nothing is sent to it."""
        return self.off_since is not None

    def changed(self, **changes: Any) -> Self:
        """The same endpoint, some of it new."""
        return self.model_copy(update=changes)


class OwnerEndpoints(Record):
    """All endpoints of an owner, in one row: ten are few, and one read tells whether there is anybody to tell."""

    owner: str
    version: int = 0  # of the row; 0: there is none
    endpoints: tuple[Endpoint, ...] = ()
    default: Endpoint = Endpoint(id=DEFAULT)

    def find(self, endpoint_id: str) -> Endpoint | None:
        """One of them, the default one too; None where there is none of that id."""
        return next((each for each in (*self.endpoints, self.default) if each.id == endpoint_id), None)

    def wanting(self, event: str, at: Millis) -> tuple[Endpoint, ...]:
        """Those that are to be told of such an event of that time."""
        return tuple(each for each in self.endpoints if event in each.events and not each.off and each.created_at <= at)

    def having(self, endpoint: Endpoint) -> Self:
        """The same with an endpoint in the place of the one of its id, or added."""
        if endpoint.id == DEFAULT:
            return self.model_copy(update={"default": endpoint})
        others = {each.id: each for each in self.endpoints}
        return self.model_copy(update={"endpoints": tuple({**others, endpoint.id: endpoint}.values())})

    def without(self, endpoint_id: str) -> Self:
        """The same without an endpoint."""
        return self.model_copy(update={"endpoints": tuple(each for each in self.endpoints if each.id != endpoint_id)})


class WebhookEvent(Record):
    """A job's end, written with it. `told` is the bus, `endpoints` to whom deliveries were made once that is done."""

    id: str
    owner: str
    job_id: str
    type: str
    at: Millis
    version: int = 0  # of the row; 0: not written yet
    wake_by: Millis | None = None
    told: bool = False
    endpoints: tuple[str, ...] | None = None


class Try(Record):
    """One request to an endpoint: when, how long it took, and the status or why there was none."""

    at: Millis
    milliseconds: int
    status: int | None = None
    reason: str = ""
    answer: str = ""  # its beginning


class Delivery(Record):
    """One event on its way to one endpoint. `begun_at` is when its day of tries began, `tried` how often since."""

    id: str  # the event's
    owner: str
    endpoint: str
    job_id: str = ""  # none: a test
    type: str
    at: Millis
    begun_at: Millis
    version: int = 0
    state: str = PENDING
    reason: str = ""  # why it was given up or dropped
    wake_by: Millis | None = None
    tried: int = 0
    tries: tuple[Try, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether it is still to be tried."""
        return self.state == PENDING

    def ended(self, state: str, reason: str = "") -> Self:
        """The same, with nothing more to come."""
        return self.model_copy(update={"state": state, "reason": reason, "wake_by": None})

    def with_try(self, tried: Try) -> Self:
        """The same after one more request."""
        return self.model_copy(update={"tried": self.tried + 1, "tries": (*self.tries, tried)[-TRIES_KEPT:]})
