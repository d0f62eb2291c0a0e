"""The part of the door `start` by which owners star their jobs."""

from typing import Annotated, Any, Protocol

from fastapi import Depends
from starlette.responses import JSONResponse, Response

from easel.http import parameters
from easel.http.door import Door
from easel.http.gateway import Gate
from easel.identity.callers import Caller
from easel.jobs import views
from easel.jobs.read import JobReader
from easel.jobs.views import JobView
from easel.library.star import JobChange, Star


class Library(Protocol):
    """What these routes work with."""

    @property
    def gate(self) -> Gate:
        """The gateway in front of the door."""

    @property
    def status(self) -> JobReader:
        """Links to images."""

    @property
    def star(self) -> Star:
        """Stars jobs."""


def add_to(door: Door[Any]) -> None:
    """Add the routes to a door whose `deps` are a `Library`."""

    @door.app.patch(
        "/api/aiimage/jobs/{jobId}",
        operation_id="changeJob",
        summary="Star a job",
        tags=["jobs"],
        response_model=JobView,
        openapi_extra=parameters.takes(JobChange, starred={"starred": True}),
    )
    def change(
        job_id: Annotated[str, Depends(parameters.in_path)],
        caller: Annotated[Caller, Depends(door.caller("generate"))],
        ask: Annotated[JobChange, Depends(parameters.body(JobChange))],
    ) -> Response:
        """A starred job is found by `starred=true` in the list of jobs. Sending the same again changes nothing."""
        use: Library = door.deps()
        job = use.star(job_id, starred=ask.starred, caller=caller)
        return JSONResponse(views.status(job, None, links=use.status.link, address=use.gate.address).body())
