"""status: everything that only reads - jobs, their images, credits. By web and by command."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from api import job_commands, listing, shared
from easel.aws import bucket
from easel.aws.bucket import Link
from easel.credits import views as credits_views
from easel.credits.accounts import Accounts
from easel.credits.views import BalanceView, EntriesView
from easel.errors import InvalidRequest, Unauthenticated
from easel.http import door as http_door
from easel.http import parameters
from easel.http.commands import Command, CommandCall, Listed, Nothing
from easel.http.gateway import Gate, gate
from easel.http.parameters import Cursor, Known, Limit, Wait
from easel.identity.callers import Caller
from easel.jobs import views as jobs_views
from easel.jobs.read import JobReader, Seen
from easel.jobs.store import JobWithRequest
from easel.jobs.views import JobView
from easel.jobs.wait import Watch, WatchMany, WatchPage
from easel.library.share import OpenShare
from easel.settings import StatusSettings
from easel.wiring import credits as wiring_credits
from easel.wiring import library as wiring_library
from easel.wiring import reading
from easel.wiring.parts import parts

RETRY_AFTER_SECONDS = 2
LINK_CACHE_SECONDS = 60  # a link has at least 180 left when it is given out
TAG = re.compile(r'(?:W/)?"(\d{1,12})-(\d{1,2})-\d+"')

JobId = Annotated[str, Depends(parameters.in_path)]
QueryId = Annotated[str, Depends(parameters.in_query)]
Index = Annotated[int, Path(alias="i", description="the first is 0")]
FileName = Annotated[
    str | None,
    Query(description="the name under which a browser saves it, instead of showing it; it ends as the picture does"),
]


@dataclass(frozen=True)
class StatusDeps:
    """What this door works with."""

    gate: Gate
    status: JobReader
    watch: Watch
    watch_page: WatchPage
    open_share: OpenShare
    watch_many: WatchMany
    accounts: Accounts
    buy_url: str | None = None


@cache
def deps() -> StatusDeps:
    """The same, of this process's environment."""
    settings = StatusSettings.load()
    made = parts(settings)
    reader = reading.reader(made)
    watch = reading.watch(made, reader, seats_for_watching=settings.watching_seats)
    return StatusDeps(
        gate=gate(settings, door_seconds=settings.clocks.door),
        status=reader,
        watch=watch,
        watch_many=reading.watch_many(watch),
        watch_page=reading.watch_page(made, seats_for_watching=settings.watching_seats),
        open_share=wiring_library.open_share(made),
        accounts=wiring_credits.accounts(made),
        buy_url=settings.policy.buy_url,
    )


door = http_door.Door("status", deps)
app, handler = door.app, door.handler

Reader = Annotated[Caller, Depends(door.caller("read"))]


async def viewer(caller: Reader, job_token: parameters.JobToken) -> Caller:
    """A reader, who may show a job's token instead of signing in."""
    return replace(caller, job_token=job_token or "")


async def image_viewer(
    caller: Annotated[Caller, Depends(viewer)], job_token_in_query: parameters.JobTokenInQuery
) -> Caller:
    """A viewer whose browser cannot send headers with an image."""
    return replace(caller, job_token=caller.job_token or job_token_in_query or "")


ONE_JOB: dict[str, Any] = {
    "tags": ["jobs"],
    "response_model": JobView,
    "responses": {304: {"description": "Nothing is new since `If-None-Match`"}},
}
BALANCE: dict[str, Any] = {"tags": ["credits"], "response_model": BalanceView}
ENTRIES: dict[str, Any] = {"tags": ["credits"], "response_model": EntriesView}
LINK: dict[str, Any] = {
    "tags": ["jobs"],
    "status_code": 302,
    "response_class": RedirectResponse,
    "responses": {302: {"description": "`Location` is a signed link, good for some minutes"}},
}
Viewer = Annotated[Caller, Depends(viewer)]
ImageViewer = Annotated[Caller, Depends(image_viewer)]


@app.get("/api/aiimage/status/{jobId}", operation_id="getJob", summary="A job as it stands", **ONE_JOB)
def status(request: Request, job_id: JobId, caller: Viewer, wait: Wait = 0, known: Known = "") -> Response:
    """`?wait=20` waits for news since the `ETag` sent as `If-None-Match`, if not too many wait already.

    A preview is news, and so is an image of several. Poll after `Retry-After` seconds.
    """
    use = door.deps()
    seen = TAG.search(known)
    found = (
        use.watch(
            job_id,
            caller=caller,
            seen=Seen(int(seen[1]), int(seen[2])) if seen else None,
            until=door.until(request, wait),
        )
        if wait
        else use.status.read(job_id, caller=caller)
    )
    found = replace(found, job=use.status.with_arrived(found.job))
    previews = use.status.previews(found.job)
    headers = {"ETag": _tag(found, previews), "Cache-Control": "private, no-cache"}
    if not found.job.final:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if headers["ETag"].removeprefix("W/") in known:
        return Response(status_code=304, headers=headers)
    return JSONResponse(_job(found, previews), headers=headers)


@app.get("/api/aiimage/status", operation_id="getJobByQuery", summary="The same, with the id as `jobId`", **ONE_JOB)
def status_by_query(request: Request, job_id: QueryId, caller: Viewer, wait: Wait = 0, known: Known = "") -> Response:
    """For clients that cannot build paths."""
    return status(request, job_id, caller, wait, known)


@app.get("/api/aiimage/jobs/{jobId}/images/{i:int}", operation_id="getImage", summary="An image", **LINK)
def image(job_id: JobId, index: Index, caller: ImageViewer, download: FileName = None) -> Response:
    """An address that stays good: it leads to a fresh link. `?download=name.png` has the browser save it."""
    return _redirect(job_id, index, caller, download=download)


@app.get(
    "/api/aiimage/jobs/{jobId}/images/{i:int}/thumbnail", operation_id="getThumbnail", summary="Its thumbnail", **LINK
)
def thumbnail(job_id: JobId, index: Index, caller: ImageViewer) -> Response:
    """The same, small."""
    return _redirect(job_id, index, caller, thumbnail=True)


@app.get("/api/credits", operation_id="getBalance", summary="Your credits", **BALANCE)
def balance(caller: Reader) -> Response:
    """What can be spent, what is set aside for jobs under way, and each grant with its expiry."""
    return JSONResponse(_balance(_signed_in(caller)))


@app.get("/api/credits/entries", operation_id="listCreditEntries", summary="Your ledger", **ENTRIES)
def entries(caller: Reader, limit: Limit = 20, cursor: Cursor = None) -> Response:
    """Newest first."""
    return JSONResponse(_entries(_signed_in(caller), limit, cursor))


def _redirect(
    job_id: str, index: int, caller: Caller, *, thumbnail: bool = False, download: str | None = None
) -> Response:
    use = door.deps()
    job = use.status.with_arrived(use.status.read(job_id, caller=caller).job)
    link = use.status.link(job, index, thumbnail=thumbnail, download=download)
    return RedirectResponse(
        link.url, status_code=302, headers={"Cache-Control": f"private, max-age={LINK_CACHE_SECONDS}"}
    )


def _tag(found: JobWithRequest, previews: Sequence[Link]) -> str:
    """The job's version, its pieces before its end, the window its links were signed in: a 304 keeps no dead link."""
    signed = bucket.window(door.deps().gate.clock.now()) if found.job.images or previews else 0
    return f'W/"{found.job.version}-{JobReader.pieces(found.job, previews)}-{signed}"'


def _job(found: JobWithRequest, previews: Sequence[Link]) -> dict[str, Any]:
    use = door.deps()
    view = jobs_views.status(
        found.job, found.request, links=use.status.link, address=use.gate.address, previews=previews
    )
    return view.body()


def _balance(owner: str) -> dict[str, Any]:
    use = door.deps()
    return credits_views.balance(use.accounts.balance(owner), buy_url=use.buy_url)


def _entries(owner: str, limit: int, cursor: str | None) -> dict[str, Any]:
    if cursor is not None and not re.fullmatch(r"[1-9]\d{0,11}", cursor):
        raise InvalidRequest("The cursor is not one of ours.", errors=[("cursor", "send `cursor` back as it came")])
    before = None if cursor is None else int(cursor)
    return credits_views.entries(door.deps().accounts.entries(owner, limit=limit, before=before))


def _signed_in(caller: Caller) -> str:
    if caller.anonymous:
        raise Unauthenticated("Sign in to see your credits: send `Authorization: Bearer`.")
    return caller.owner


def _entries_by_command(order: CommandCall) -> dict[str, Any]:
    return _entries(order.caller.owner, order.ask.limit, order.ask.cursor)


job_commands.add_to(door, _job)
door.command(Command("balance", Nothing, lambda order: _balance(order.caller.owner), answer=BalanceView))
door.command(Command("entries", Listed, _entries_by_command, answer=EntriesView))
listing.add_to(door)
shared.add_to(door)
