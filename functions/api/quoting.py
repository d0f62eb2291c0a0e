"""The part of the door `start` that tells prices before a job is started."""

from typing import Annotated, Any, Protocol

from fastapi import Depends
from starlette.responses import JSONResponse, Response

from easel.http import parameters
from easel.http.commands import Command
from easel.http.door import Door
from easel.http.gateway import Gate
from easel.identity.callers import Caller
from easel.submission.quote import Quote, QuoteView
from easel.submission.request import JobRequest


class Quoting(Protocol):
    """What this route works with."""

    @property
    def gate(self) -> Gate:
        """The gateway in front of the door."""

    @property
    def quote(self) -> Quote:
        """Tells prices."""


WIDE_LAMP = {"prompt": "A ceramic lamp on a walnut side table", "aspectRatio": "16:9", "quality": "high", "n": 4}


def add_to(door: Door[Any]) -> None:
    """Add the route and the command to a door whose `deps` are `Quoting`."""

    @door.app.post(
        "/api/aiimage/quote",
        operation_id="quoteJob",
        summary="What a job would cost",
        tags=["jobs"],
        response_model=QuoteView,
        openapi_extra=parameters.takes(JobRequest, wide_lamp=WIDE_LAMP),
    )
    def quote(
        caller: Annotated[Caller, Depends(door.caller("generate", shown=parameters.signed_in_or_anonymous))],
        ask: Annotated[JobRequest, Depends(parameters.body(JobRequest))],
    ) -> Response:
        """Takes the body of a start, and holds nothing: what is expected, what it is at most, and who makes it.

        References count by their number; whether they are there is looked at when the job is started.
        """
        return JSONResponse(_use(door).quote(ask).body())

    door.command(Command("quote", JobRequest, lambda order: _use(door).quote(order.ask).body(), answer=QuoteView))


def _use(door: Door[Any]) -> Quoting:
    made: Quoting = door.deps()
    return made
