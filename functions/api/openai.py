"""openai: pictures for clients that speak OpenAI's images API, and know nothing of jobs.

The door waits as long as the gateway lets it, then leads on to the job, which waits again: every such client follows.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from starlette.responses import JSONResponse, Response

from easel.catalog import planning
from easel.errors import NotFound
from easel.http import door as http_door
from easel.http import parameters
from easel.http.gateway import Gate, gate
from easel.http.middleware import tell
from easel.identity.callers import Caller
from easel.jobs.model import Job
from easel.jobs.read import JobReader
from easel.openai_api import errors, models
from easel.openai_api import parameters as parameters_of_v1
from easel.openai_api.answers import Look
from easel.openai_api.claims import Claims
from easel.openai_api.collect import Collect, Kept, Ready
from easel.openai_api.form import SentForm
from easel.openai_api.request import EditRequest, GenerationRequest
from easel.openai_api.translate import Stage, translate
from easel.openai_api.views import ElsewhereView, ImagesResponse, ModelList, ModelObject
from easel.policy import Policy
from easel.schemas import body_hash
from easel.settings import OpenaiSettings, ProviderSettings
from easel.submission.start import Start
from easel.wiring import openai_api as wiring
from easel.wiring import reading, submission
from easel.wiring.parts import parts

ROUTES = "POST /v1/images/generations, POST /v1/images/edits, GET /v1/images/jobs/{id} and GET /v1/models"


@dataclass(frozen=True)
class OpenaiDeps:
    """What this door works with."""

    gate: Gate
    start: Start
    status: JobReader
    collect: Collect
    claims: Claims
    providers: Mapping[str, ProviderSettings]
    policy: Policy


@cache
def deps() -> OpenaiDeps:
    """The same, of this process's environment."""
    settings = OpenaiSettings.load()
    made = parts(settings)
    reader = reading.reader(made)
    return OpenaiDeps(
        gate=gate(settings, door_seconds=settings.clocks.door),
        start=submission.submission_of(settings, made).start,
        status=reader,
        collect=wiring.collect(made, reader, seats=settings.waiting_seats),
        claims=wiring.claims(made),
        providers=settings.providers,
        policy=settings.policy,
    )


door = http_door.Door("openai", deps, manner=errors.MANNER)
app, handler = door.app, door.handler


def maker(
    request: Request, caller: Annotated[Caller, Depends(door.caller("generate", shown=parameters.by_bearer))]
) -> Caller:
    """Whoever may make pictures, and so may collect them."""
    return parameters_of_v1.holder(caller, request)


def anybody(
    request: Request, caller: Annotated[Caller, Depends(door.caller(None, shown=parameters.by_bearer))]
) -> Caller:
    """Whoever has a key, whatever it is for."""
    return parameters_of_v1.holder(caller, request)


Maker = Annotated[Caller, Depends(maker)]
Anybody = Annotated[Caller, Depends(anybody)]
Repeats = Annotated[int, Depends(parameters_of_v1.repeats)]
Key = Annotated[str | None, Depends(parameters.key)]
LED: dict[int | str, dict[str, Any]] = {
    303: {
        "model": ElsewhereView,
        "description": "Not ready yet, or too large for this address: follow `Location` with GET (curl: `-L`)",
    }
}
MADE: dict[str, Any] = {"tags": ["openai"], "response_model": ImagesResponse, "responses": LED}
LAMP = {"model": "gpt-image-2", "prompt": "A ceramic lamp on a walnut table", "size": "1024x1024", "quality": "low"}
LAMP_FORM = {"prompt": "Make it red", "image": ["(the file)"]}
LAMP_EDIT = {"prompt": "Make it red", "images": [{"image_url": "https://shop.example/lamp.png"}]}


@app.post(
    "/v1/images/generations",
    operation_id="createImage",
    summary="OpenAI's images.generate",
    openapi_extra=parameters.takes(GenerationRequest, a_lamp=LAMP),
    **MADE,
)
def generations(
    request: Request,
    caller: Maker,
    key: Key,
    repeats: Repeats,
    sent: Annotated[GenerationRequest, Depends(parameters.body(GenerationRequest))],
) -> Response:
    """Starts the same job as every other route, waits for it, and answers as OpenAI does."""
    return _made(request, caller, key, repeats, sent, SentForm())


@app.post(
    "/v1/images/edits",
    operation_id="createImageEdit",
    summary="OpenAI's images.edit",
    openapi_extra=parameters_of_v1.takes_edit(redder=LAMP_EDIT, redder_form=LAMP_FORM),
    **MADE,
)
def edits(
    request: Request,
    caller: Maker,
    key: Key,
    repeats: Repeats,
    sent: Annotated[tuple[EditRequest, SentForm], Depends(parameters_of_v1.edit)],
) -> Response:
    """As a form with `image` or `image[]` (up to 16), `mask` and `markup`, 4.4 MB in all; or as JSON with addresses."""
    return _made(request, caller, key, repeats, *sent)


@app.get(
    "/v1/images/jobs/{jobId}", operation_id="collectImages", summary="The pictures of a job, as OpenAI has them", **MADE
)
def collect(
    request: Request,
    job_id: Annotated[str, Depends(parameters.in_path)],
    caller: Maker,
    hop: Annotated[int, Depends(parameters_of_v1.hop)],
    look: Annotated[Look, Depends(parameters_of_v1.look)],
) -> Response:
    """Where the two routes above lead to while a picture is not ready. It waits as long as they do."""
    return _collected(request, caller, door.deps().status.read(job_id, caller=caller).job, look, hop=hop)


@app.get(
    "/v1/models",
    operation_id="listOpenaiModels",
    summary="OpenAI's models.list",
    tags=["openai"],
    response_model=ModelList,
)
def list_models(caller: Anybody) -> Response:
    """What may be named as `model`."""
    use = door.deps()
    return JSONResponse(models.listed(planning.load(), providers=use.providers, now=use.gate.clock.now()))


@app.get(
    "/v1/models/{id}",
    operation_id="getOpenaiModel",
    summary="OpenAI's models.retrieve",
    tags=["openai"],
    response_model=ModelObject,
)
def get_model(
    caller: Anybody, name: Annotated[str, Path(alias="id", max_length=128, description="as `GET /v1/models` lists it")]
) -> Response:
    """A retired model is here for as long as another serves its name."""
    use = door.deps()
    return JSONResponse(models.one(planning.load(), name, providers=use.providers, now=use.gate.clock.now()))


@app.get("/v1/{path:path}", include_in_schema=False)
@app.post("/v1/{path:path}", include_in_schema=False)
def nothing_else(path: str) -> Response:
    """Says what there is."""
    raise NotFound(f"There is no /v1/{path[:80]} here; there are {ROUTES}.", reason="unknown_url")


def _made(
    request: Request, caller: Caller, key: str | None, repeats: int, sent: GenerationRequest, came: SentForm
) -> Response:
    use = door.deps()
    stage = Stage(use.providers, use.policy, use.gate.clock.now())
    asked = translate(sent, came, stage)
    if key is None:  # a caller's own key comes first
        until = door.until(request)
        key = use.claims.key(caller, body_hash(asked.ask), repeats=repeats, until=until)
    started = use.start(asked.ask, caller=caller, key=key, warnings=asked.warnings)
    return _collected(request, caller, started.job, asked.look, hop=0)


def _collected(request: Request, caller: Caller, job: Job, look: Look, *, hop: int) -> Response:
    tell(request, jobId=job.id)
    found = door.deps().collect(job, look, caller, hop=hop, until=door.until(request))
    took = {"OpenAI-Processing-Ms": str(round((time.monotonic() - request.state.begun) * 1000))}
    if isinstance(found, Ready):
        return Response(found.content, media_type=look.media_type, headers=took)
    if isinstance(found, Kept):
        return _led(
            "ready", found.job, found.link.url, "The answer is too large for this address and lies at `Location`."
        )
    place = f"{'' if hop else 'jobs/'}{job.id}?hop={found.hop}{parameters_of_v1.query_of(look)}"
    said = f"The picture is being made. Follow `Location` (curl: -L), or GET /v1/images/jobs/{job.id}."
    return _led("still_generating", found.job, place, said)


def _led(code: str, job: Job, place: str, said: str) -> Response:
    """On to another address. Relative ones survive a gateway's stage, a domain of one's own and CloudFront."""
    told = {"message": said, "type": "redirect", "param": None, "code": code}
    return JSONResponse({"error": told, "jobId": job.id}, status_code=303, headers={"Location": place})
