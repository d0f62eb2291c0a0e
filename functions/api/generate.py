"""generate: a picture while you wait, about 24 seconds at most; then the address of the job that goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from starlette.responses import JSONResponse, Response

from easel.http import door as http_door
from easel.http import parameters
from easel.http.commands import Command, CommandCall
from easel.http.gateway import Gate, gate
from easel.http.middleware import tell
from easel.identity.callers import Caller
from easel.jobs.read import JobReader
from easel.limits import turnstile
from easel.settings import GenerateSettings
from easel.submission import quick_view
from easel.submission.quick_view import QuickView
from easel.submission.request import QuickRequest
from easel.submission.start import Started
from easel.submission.start_and_wait import Generate
from easel.wiring import reading, submission
from easel.wiring.parts import parts

Challenge = Annotated[
    str | None,
    Header(
        alias=turnstile.HEADER,
        description="the token of a solved Turnstile challenge, from whoever has not signed in, where a stage asks it",
    ),
]


@dataclass(frozen=True)
class GenerateDeps:
    """What this door works with."""

    gate: Gate
    generate: Generate
    status: JobReader
    check_turnstile: Callable[[str | None, str], None]  # token, address; refuses an anonymous caller without one


@cache
def deps() -> GenerateDeps:
    """The same, of this process's environment."""
    settings = GenerateSettings.load()
    made = parts(settings)
    start = submission.submission_of(settings, made).start
    return GenerateDeps(
        gate=gate(settings, door_seconds=settings.clocks.door),
        generate=submission.generate(made, start, seats=settings.waiting_seats),
        status=reading.reader(made),
        check_turnstile=submission.turnstile(settings.turnstile_secret),
    )


door = http_door.Door("generate", deps)
app, handler = door.app, door.handler

SILVER_CAMERA = {
    "prompt": "Editorial product shot of a silver camera on a soft gray desk, crisp studio lighting, premium ad style",
    "provider": "openai",
    "modelId": "dall-e-3",
    "aspectRatio": "1:1",
}


@app.post(
    "/api/generate-images",
    operation_id="generateImage",
    summary="Make a picture and wait for it",
    tags=["pictures"],
    response_model=QuickView,
    responses={202: {"model": QuickView, "description": "Not ready in time: ask at `statusUrl`."}},
    openapi_extra=parameters.takes(QuickRequest, silver_camera=SILVER_CAMERA),
)
def generate(
    request: Request,
    caller: Annotated[Caller, Depends(door.caller("generate", shown=parameters.signed_in_or_anonymous))],
    key: Annotated[str | None, Depends(parameters.key)],
    ask: Annotated[QuickRequest, Depends(parameters.body(QuickRequest))],
    challenge: Challenge = None,
) -> Response:
    """The image comes as base64, or by link where `imageFormat` is `url` or it has more than 4 MB."""
    if caller.anonymous:
        door.deps().check_turnstile(challenge, caller.address)
    started = door.deps().generate(ask, caller=caller, key=key, until=door.until(request))
    tell(request, jobId=started.job.id)
    view = _view(started, ask)
    headers = {"Idempotency-Replayed": "true"} if started.replayed else {}
    if not started.job.final:
        headers |= {"Location": view.status_url, "Retry-After": str(view.retry_after_seconds)}
    return JSONResponse(view.body(), status_code=200 if started.job.final else 202, headers=headers)


def _by_command(order: CommandCall) -> dict[str, Any]:
    use = door.deps()
    until = use.gate.until({})
    return _view(use.generate(order.ask, caller=order.caller, key=order.key, until=until), order.ask).body()


def _view(started: Started, ask: QuickRequest) -> QuickView:
    use = door.deps()
    return quick_view.answer(
        started,
        image_format=ask.image_format,
        picture=use.generate.picture,
        link=use.status.link,
        address=use.gate.address,
    )


door.command(Command("generate", QuickRequest, _by_command, answer=QuickView))
