"""The part of the door `status` that lists jobs, and waits for news of any of them."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime
from starlette.responses import JSONResponse, Response

from api import job_commands
from easel.aws import bucket
from easel.clock import SECOND
from easel.http.commands import Command, CommandCall, Listed
from easel.http.door import Door
from easel.http.gateway import Gate
from easel.http.parameters import Cursor, Known, Limit, Wait
from easel.identity.callers import Caller
from easel.jobs import views
from easel.jobs.listing import Wanted
from easel.jobs.model import Status
from easel.jobs.read import JobReader
from easel.jobs.store import ANY_TIME, Page
from easel.jobs.views import JobsView
from easel.jobs.wait import WatchPage

TEXT_CHARS_MAX = 200
STATUS = "|".join(Status)


class Listing(Protocol):
    """What this route works with."""

    @property
    def gate(self) -> Gate:
        """The gateway in front of the door."""

    @property
    def status(self) -> JobReader:
        """Reads jobs."""

    @property
    def watch_page(self) -> WatchPage:
        """Waits for news of a page."""


Include = Annotated[
    Literal["request"] | None,
    Query(description="`request`: with what was asked for, its prompt and metadata too"),
]
Statuses = Annotated[
    str | None,
    Query(
        alias="status",
        pattern=rf"^({STATUS})(,({STATUS}))*$",
        description="only these: one or several, separated by commas, such as queued,running",
    ),
]
FeatureId = Annotated[str | None, Query(alias="featureId", max_length=128, description="only of this preset")]
ModelId = Annotated[
    str | None,
    Query(alias="modelId", max_length=128, description="only where this model was named or asked"),
]
Text = Annotated[
    str | None,
    Query(max_length=TEXT_CHARS_MAX, description="only where the prompt has these words, in letters of either case"),
]
Starred = Annotated[
    Literal["true", "false"] | None, Query(description="`true`: only what is starred; `false`: only what is not")
]
Since = Annotated[AwareDatetime | None, Query(alias="createdAfter", description="only what was made from then on")]
Before = Annotated[AwareDatetime | None, Query(alias="createdBefore", description="only what was made before")]


async def wanted(
    include: Include = None,
    statuses: Statuses = None,
    feature_id: FeatureId = None,
    model_id: ModelId = None,
    text: Text = None,
    starred: Starred = None,
    since: Since = None,
    before: Before = None,
) -> Wanted:
    """For routes: which jobs a caller wants."""
    return Wanted(
        statuses=frozenset(map(Status, statuses.split(",") if statuses else ())),
        feature_id=feature_id,
        model_id=model_id,
        text=(text or "").strip(),
        starred=None if starred is None else starred == "true",
        span=(_milliseconds(since, ANY_TIME[0]), _milliseconds(before, ANY_TIME[1])),
        requests=include is not None,
    )


def add_to(door: Door[Any]) -> None:
    """Add the route and the command to a door whose `deps` are `Listing`."""

    @door.app.get(
        "/api/aiimage/jobs",
        operation_id="listJobs",
        summary="Your jobs, newest first",
        tags=["jobs"],
        response_model=JobsView,
        responses={304: {"description": "Nothing is new since `If-None-Match`"}},
    )
    def jobs(
        request: Request,
        caller: Annotated[Caller, Depends(door.caller("read"))],
        which: Annotated[Wanted, Depends(wanted)],
        limit: Limit = 20,
        cursor: Cursor = None,
        wait: Wait = 0,
        known: Known = "",
    ) -> Response:
        """All, or those that are wanted. `?wait=20` waits until any job of the page moves, or a new one comes.

        One such request watches all jobs that run: send the `ETag` of the last answer as `If-None-Match`.
        """
        use: Listing = door.deps()

        def look() -> Page:
            return use.status.list(caller=caller, limit=limit, cursor=cursor, wanted=which)

        page = look()
        if wait:
            seen, until = known or _tag(use, page), door.until(request, wait)
            page = use.watch_page(page, look, is_news=lambda now: _tag(use, now) not in seen, until=until)
        headers = {"ETag": f"W/{_tag(use, page)}", "Cache-Control": "private, no-cache"}
        if _tag(use, page) in known:
            return Response(status_code=304, headers=headers)
        return JSONResponse(_body(use, page), headers=headers)

    door.command(Command("list_jobs", Listed, lambda order: _list_by_command(door, order), answer=JobsView))


def _list_by_command(door: Door[Any], order: CommandCall) -> dict[str, Any]:
    use: Listing = door.deps()
    page = use.status.list(caller=order.caller, limit=order.ask.limit, cursor=order.ask.cursor)
    told = _body(use, page)
    for body, job in zip(told["jobs"], page.jobs, strict=True):
        job_commands.name_objects(body, job, bucket=use.status.assets.bucket)
    return told


def _body(use: Listing, page: Page) -> dict[str, Any]:
    listed: Sequence[dict[str, Any]] = [
        views.status(job, page.requests.get(job.id), links=use.status.link, address=use.gate.address).body()
        for job in page.jobs
    ]
    return {"jobs": listed, "cursor": page.cursor}


def _tag(use: Listing, page: Page) -> str:
    """Which jobs in which versions, and the window their links were signed in: a 304 keeps no dead link."""
    signed = bucket.window(use.gate.clock.now()) if any(job.images for job in page.jobs) else 0
    versions = " ".join(f"{job.id}-{job.version}" for job in page.jobs)
    return f'"{hashlib.sha256(f"{versions} {page.cursor} {signed}".encode()).hexdigest()[:24]}"'


def _milliseconds(moment: datetime | None, otherwise: int) -> int:
    return otherwise if moment is None else round(moment.timestamp() * SECOND)
