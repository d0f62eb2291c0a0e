"""The command `start_jobs` of the door `start`: a list of jobs, each of which is answered by itself."""

from typing import Annotated, Any, Protocol

from pydantic import Field

from easel.clock import SECOND
from easel.errors import Busy
from easel.http.bodies import check
from easel.http.commands import Command, CommandCall, Problem, key_of, refusal
from easel.http.door import Door
from easel.http.gateway import Gate
from easel.http.strict_json import must_be_small
from easel.jobs.started_view import StartedView
from easel.schemas import BY_COMMAND, Body, View
from easel.submission.request import JobRequest
from easel.submission.start import Start, Started

STARTS_MAX = 100
VALUES_EACH = 150  # of one request, on average; the largest of ours has as many
NOT_BEGUN = "There was no time left to start this job; send it again under the same key."


class KeyedStart(Body):
    """One job of a list, and the key that makes a repeat of it harmless."""

    idempotency_key: str = Field(description="as of `start_job`: a repeat under it starts no second job")
    request: dict[str, Any] = Field(description="the request of `start_job`")


class StartJobs(Body):
    """Jobs to start, one after another, in this order."""

    jobs: Annotated[tuple[KeyedStart, ...], Field(strict=False, min_length=1, max_length=STARTS_MAX)] = Field(
        description="each is answered by itself: one that is refused keeps no other from being started"
    )


class StartAnswer(View):
    """What became of one job of the list: `job` where it was started, now or by an earlier call, else `error`."""

    idempotency_key: str = Field(description="as it was sent")
    job: StartedView | None = Field(None, description="the answer of `start_job`")
    error: Problem | None = Field(None, description="why it was not started")


class StartAnswers(View):
    """What became of each job of a list."""

    jobs: tuple[StartAnswer, ...] = Field(description="in the order of the request")


class Starting(Protocol):
    """What this command works with."""

    @property
    def gate(self) -> Gate:
        """The gateway in front of the door."""

    @property
    def start(self) -> Start:
        """Starts one job."""


class Shown(Protocol):
    """What a caller is shown of a job that was started."""

    def __call__(self, started: Started, *, whole: bool) -> dict[str, Any]:
        """The body."""


def add_to(door: Door[Any], shown: Shown) -> None:
    """Add the command to a door whose `deps` are `Starting`."""

    def start_jobs(order: CommandCall) -> dict[str, Any]:
        use: Starting = door.deps()
        until = use.gate.clock.now() + use.gate.door_seconds * SECOND
        return {"jobs": [_answer(use, shown, each, order, until) for each in order.ask.jobs]}

    door.command(Command("start_jobs", StartJobs, start_jobs, answer=StartAnswers, values_max=STARTS_MAX * VALUES_EACH))


def _answer(use: Starting, shown: Shown, each: KeyedStart, order: CommandCall, until: int) -> dict[str, Any]:
    """One job started, or why it was not. What has no time left is not begun: it is the same under its key later."""
    if use.gate.clock.now() >= until:
        return {"idempotencyKey": each.idempotency_key, **refusal(Busy(NOT_BEGUN), order.named)}
    try:
        must_be_small(each.request)
        key = key_of(each.idempotency_key, "idempotencyKey")
        ask = check(JobRequest, each.request, context={BY_COMMAND: True})
        told = {"job": shown(use.start(ask, caller=order.caller, key=key), whole=False)}
    except Exception as error:  # the others of the list are answered all the same
        told = refusal(error, order.named)
    return {"idempotencyKey": each.idempotency_key, **told}
