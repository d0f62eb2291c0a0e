"""The part of the door `status` that shows a shared job to whoever has its address."""

from typing import Annotated, Any, Protocol

from fastapi import Query
from starlette.responses import JSONResponse, Response

from easel.http.door import Door
from easel.http.gateway import Gate
from easel.jobs.read import JobReader
from easel.library.share import OpenShare
from easel.library.views import SHARED, SharedJobView, shared_job_view

TOKEN_CHARS_MAX = 200

# In the query, which no log holds, and never in a path.
Token = Annotated[str, Query(max_length=TOKEN_CHARS_MAX, description="of the answer to the share's making")]


class Showing(Protocol):
    """What this route works with."""

    @property
    def gate(self) -> Gate:
        """The gateway in front of the door."""

    @property
    def status(self) -> JobReader:
        """Links to images."""

    @property
    def open_share(self) -> OpenShare:
        """Finds what a token opens."""


def add_to(door: Door[Any]) -> None:
    """Add the route to a door whose `deps` are `Showing`."""

    @door.app.get(
        SHARED,
        operation_id="getSharedJob",
        summary="A job that was shared",
        tags=["jobs"],
        response_model=SharedJobView,
    )
    def shared(token: Token) -> Response:
        """Anybody with the address sees the pictures. 404 once the share has ended, was taken back, or never was."""
        use: Showing = door.deps()
        return JSONResponse(shared_job_view(use.open_share(token), use.status.link).body())
