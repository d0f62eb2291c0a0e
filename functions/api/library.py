"""The part of the door `start` by which owners star their jobs and show them to others."""

from typing import Annotated, Any, Protocol

from fastapi import Depends, Path
from starlette.responses import JSONResponse, Response

from easel.http import parameters
from easel.http.door import Door
from easel.http.gateway import Gate
from easel.identity.callers import Caller
from easel.jobs import views
from easel.jobs.read import JobReader
from easel.jobs.views import JobView
from easel.library.share import SharedJobs, ShareRequest
from easel.library.star import JobChange, Star
from easel.library.views import NewShareView, SharesView, new_share_view, share_view


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

    @property
    def shares(self) -> SharedJobs:
        """Shares jobs."""


JobId = Annotated[str, Depends(parameters.in_path)]
ShareId = Annotated[str, Path(alias="shareId", description="of the answer to its making")]


def add_to(door: Door[Any]) -> None:
    """Add the routes to a door whose `deps` are a `Library`."""
    _add_star(door)
    _add_shares(door)


def _add_star(door: Door[Any]) -> None:
    @door.app.patch(
        "/api/aiimage/jobs/{jobId}",
        operation_id="changeJob",
        summary="Star a job",
        tags=["jobs"],
        response_model=JobView,
        openapi_extra=parameters.takes(JobChange, starred={"starred": True}),
    )
    def change(
        job_id: JobId,
        caller: Annotated[Caller, Depends(door.caller("generate"))],
        ask: Annotated[JobChange, Depends(parameters.body(JobChange))],
    ) -> Response:
        """A starred job is found by `starred=true` in the list of jobs. Sending the same again changes nothing."""
        use = _use(door)
        job = use.star(job_id, starred=ask.starred, caller=caller)
        return JSONResponse(views.status(job, None, links=use.status.link, address=use.gate.address).body())


def _add_shares(door: Door[Any]) -> None:
    generating = Annotated[Caller, Depends(door.caller("generate"))]
    one_job: dict[str, Any] = {"tags": ["jobs"]}

    @door.app.post(
        "/api/aiimage/jobs/{jobId}/shares",
        operation_id="shareJob",
        summary="Show a job to others",
        status_code=201,
        response_model=NewShareView,
        openapi_extra=parameters.takes(ShareRequest, a_day={"seconds": 86_400}),
        **one_job,
    )
    def share(
        job_id: JobId,
        caller: generating,
        ask: Annotated[ShareRequest, Depends(parameters.body(ShareRequest))],
    ) -> Response:
        """Makes an address at which anybody sees the pictures, and nothing of their owner, until it ends.

        It is told this once. It ends by itself, when it is taken back, and when the job is erased.
        """
        use = _use(door)
        made = use.shares.create(job_id, ask, caller=caller)
        return JSONResponse(new_share_view(made, use.gate.address).body(), status_code=201)

    @door.app.get(
        "/api/aiimage/jobs/{jobId}/shares",
        operation_id="listShares",
        summary="Where a job is shown",
        response_model=SharesView,
        **one_job,
    )
    def shares(job_id: JobId, caller: Annotated[Caller, Depends(door.caller("read"))]) -> Response:
        """The addresses that have not ended, without what opens them."""
        found = _use(door).shares.list(job_id, caller=caller)
        return JSONResponse(SharesView(shares=tuple(map(share_view, found))).body())

    @door.app.delete(
        "/api/aiimage/jobs/{jobId}/shares/{shareId}",
        operation_id="endShare",
        summary="Show it no more",
        status_code=204,
        **one_job,
    )
    def end(job_id: JobId, share_id: ShareId, caller: generating) -> Response:
        """The address leads nowhere from now on; links to pictures that were given out end within minutes."""
        _use(door).shares.end(job_id, share_id, caller=caller)
        return Response(status_code=204)


def _use(door: Door[Any]) -> Library:
    made: Library = door.deps()
    return made
