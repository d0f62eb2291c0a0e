"""start: a job, 202 at once, its end (cancel, `erasing`), and who is told of it (`webhooks`). By web and by command."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from starlette.responses import JSONResponse, Response

from api import erasing, library, quoting, start_jobs, webhooks
from easel.errors import Unauthenticated
from easel.http import door as http_door
from easel.http import parameters
from easel.http.commands import Command, CommandCall, JobNamed
from easel.http.gateway import Gate, gate
from easel.http.middleware import tell
from easel.identity.callers import Caller
from easel.jobs import started_view, views
from easel.jobs.model import Job
from easel.jobs.read import JobReader
from easel.jobs.started_view import StartedView
from easel.jobs.views import JobView
from easel.library.share import SharedJobs
from easel.library.star import Star
from easel.maintenance.erase_job import Erase
from easel.maintenance.request_erasure import RequestErasure
from easel.settings import StartSettings
from easel.settlement.cancel import Cancel
from easel.submission import uploads as submission_uploads
from easel.submission.quote import Quote
from easel.submission.request import JobRequest
from easel.submission.start import Start, Started
from easel.submission.start_and_wait import Generate
from easel.submission.uploads import UploadRequest, Uploads, UploadView
from easel.webhooks.deliveries import Deliveries
from easel.webhooks.endpoints import Endpoints
from easel.wiring import cancel as wiring_cancel
from easel.wiring import erasing as wiring_erasing
from easel.wiring import library as wiring_library
from easel.wiring import maintenance, reading, settlement, submission
from easel.wiring import webhooks as wiring_webhooks
from easel.wiring.parts import parts

WAIT = re.compile(r"\bwait\s*=\s*\"?(\d{1,4})\b", re.IGNORECASE)
RETRY_AFTER_SECONDS = 2

Prefer = Annotated[
    str | None,
    Header(alias="Prefer", description="`wait=N`: wait for the job's end, N seconds and at most about 24"),
]


@dataclass(frozen=True)
class StartDeps:
    """What this door works with."""

    gate: Gate
    start: Start
    quote: Quote
    generate: Generate
    cancel: Cancel
    star: Star
    shares: SharedJobs
    status: JobReader
    uploads: Uploads
    erase: Erase
    forget: RequestErasure
    endpoints: Endpoints
    deliveries: Deliveries


@cache
def deps() -> StartDeps:
    """The same, of this process's environment."""
    settings = StartSettings.load()
    made = parts(settings)
    told = wiring_webhooks.webhooks_of(made)
    begins, settle = submission.submission_of(settings, made), settlement.settle(made)
    return StartDeps(
        gate=gate(settings, door_seconds=settings.clocks.door),
        start=begins.start,
        quote=begins.quote,
        generate=submission.generate(made, begins.start, seats=settings.waiting_seats),
        cancel=wiring_cancel.cancel(made, settle),
        star=wiring_library.star(made),
        shares=wiring_library.shares(made),
        status=reading.reader(made),
        uploads=begins.uploads,
        erase=maintenance.erase(made, settle),
        forget=wiring_erasing.request_erasure(made),
        endpoints=told.endpoints,
        deliveries=told.deliveries,
    )


door = http_door.Door("start", deps)
app, handler = door.app, door.handler

CERAMIC_LAMP = {
    "featureId": "ai-baby-image",
    "mode": "text_to_image",
    "modelId": "gpt-image-2-t2i",
    "prompt": "Premium product render of a ceramic lamp on a walnut side table, warm interior lighting",
    "aspectRatio": "1:1",
}
ENDED = (StartedView, JobView)
ROUTE: dict[str, Any] = {
    "tags": ["jobs"],
    "status_code": 202,
    "response_model": StartedView,
    "responses": {200: {"description": "The job has ended, after `Prefer: wait`", "content": parameters.both(*ENDED)}},
    "openapi_extra": parameters.takes(JobRequest, ceramic_lamp=CERAMIC_LAMP),
}


@app.post("/api/ai-image", operation_id="startJobAtOldAddress", summary="The same as /api/aiimage/start", **ROUTE)
@app.post("/api/aiimage/start", operation_id="startJob", summary="Start a job", **ROUTE)
def start(
    request: Request,
    caller: Annotated[Caller, Depends(door.caller("generate"))],
    key: Annotated[str | None, Depends(parameters.key)],
    ask: Annotated[JobRequest, Depends(parameters.body(JobRequest))],
    prefer: Prefer = None,
) -> Response:
    """Answers at once. `Prefer: wait=N` (up to 24) waits for the end: 200 then, with all that `status` says."""
    if caller.anonymous:
        raise Unauthenticated("Sign in to start a job: send `Authorization: Bearer` with a token or an API key.")
    use = door.deps()
    wait = _wait(prefer, use.gate.door_seconds)
    if wait:
        started = use.generate(ask, caller=caller, key=key, until=door.until(request, wait))
    else:
        started = use.start(ask, caller=caller, key=key)
    tell(request, jobId=started.job.id)
    ended = bool(wait) and started.job.final
    view = _view(started, whole=ended)
    headers = {"Location": view["statusUrl"]}
    if not started.job.final:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if wait:
        headers["Preference-Applied"] = f"wait={wait}"
    if started.replayed:
        headers["Idempotency-Replayed"] = "true"
    return JSONResponse(view, status_code=200 if ended else 202, headers=headers)


@app.post(
    "/api/aiimage/jobs/{jobId}/cancel",
    operation_id="cancelJob",
    summary="Cancel a job",
    tags=["jobs"],
    response_model=JobView,
    responses={202: {"model": JobView, "description": "A call is in flight; it ends the job."}},
)
def cancel(
    job_id: Annotated[str, Depends(parameters.in_path)], caller: Annotated[Caller, Depends(door.caller("generate"))]
) -> Response:
    """200 when it is canceled and the credits are back; 202 while a provider's call is in flight."""
    job = door.deps().cancel(job_id, caller=caller)
    return JSONResponse(_canceled(job), status_code=200 if job.final else 202)


@app.post(
    "/api/aiimage/uploads",
    operation_id="createUpload",
    summary="Room for a reference",
    tags=["jobs"],
    status_code=201,
    response_model=UploadView,
    openapi_extra=parameters.takes(UploadRequest, a_photo={"mimeType": "image/jpeg"}),
)
def upload(
    caller: Annotated[Caller, Depends(door.caller("generate"))],
    ask: Annotated[UploadRequest, Depends(parameters.body(UploadRequest))],
) -> Response:
    """Post the file to `url` as a form, `fields` first and `file` last; then name `uploadId` in a reference."""
    return JSONResponse(_upload(ask, caller), status_code=201)


def _upload(ask: UploadRequest, caller: Caller) -> dict[str, Any]:
    return submission_uploads.upload(door.deps().uploads(ask, caller=caller)).body()


def _start_by_command(order: CommandCall) -> dict[str, Any]:
    return _view(door.deps().start(order.ask, caller=order.caller, key=order.key), whole=False)


def _cancel_by_command(order: CommandCall) -> dict[str, Any]:
    return _canceled(door.deps().cancel(order.ask.job_id, caller=order.caller))


def _view(started: Started, *, whole: bool) -> dict[str, Any]:
    use, job = door.deps(), started.job
    view = started_view.started(
        job,
        started.request,
        available=started.available,
        address=use.gate.address,
        job_token=started.job_token,
    ).body()
    if whole:
        view |= views.status(job, started.request, links=use.status.link, address=use.gate.address).body()
    return view


def _canceled(job: Job) -> dict[str, Any]:
    use = door.deps()
    return views.status(job, None, links=use.status.link, address=use.gate.address).body()


def _wait(prefer: str | None, most: int) -> int:
    """The seconds a caller would wait, as far as we do."""
    found = WAIT.search(prefer or "")
    return min(int(found[1]), most) if found else 0


door.command(Command("start_job", JobRequest, _start_by_command, answer=StartedView))
door.command(Command("cancel_job", JobNamed, _cancel_by_command, answer=JobView))
door.command(Command("upload", UploadRequest, lambda order: _upload(order.ask, order.caller), answer=UploadView))
erasing.add_to(door)
quoting.add_to(door)
webhooks.add_to(door)
library.add_to(door)
start_jobs.add_to(door, _view)
