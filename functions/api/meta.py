"""meta: what anyone may read - models, features, documentation, health, and the page."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fastapi import Request
from pydantic import Field
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from easel.catalog import planning, views
from easel.catalog.views import FeaturesView, ModelsView
from easel.credits.requests import AdjustBody, GrantBody, RefundBody
from easel.http import door as http_door
from easel.http import page_config, static_files
from easel.http.gateway import Gate, gate
from easel.library.share import ShareRequest
from easel.library.star import JobChange
from easel.limits import turnstile
from easel.moderation import policy
from easel.openai_api.request import EditForm, EditRequest, GenerationRequest
from easel.schemas import View
from easel.settings import MetaSettings
from easel.submission.request import JobRequest, QuickRequest
from easel.submission.uploads import UploadRequest
from easel.webhooks.requests import WebhookChanges, WebhookRequest

BODIES = (
    JobChange,
    ShareRequest,
    QuickRequest,
    JobRequest,
    UploadRequest,
    WebhookRequest,
    WebhookChanges,
    GrantBody,
    AdjustBody,
    RefundBody,
    GenerationRequest,
    EditRequest,
    EditForm,
)
FRESH = {"Cache-Control": "public, max-age=300"}


@dataclass(frozen=True)
class MetaDeps:
    """What this door works with."""

    gate: Gate
    settings: MetaSettings
    web: Path


@cache
def deps() -> MetaDeps:
    """The same, of this process's environment."""
    settings = MetaSettings.load()
    return MetaDeps(
        gate=gate(settings), settings=settings, web=static_files.folder(Path(__file__).resolve().parents[1])
    )


door = http_door.Door("meta", deps, open_to_all=True)
app, handler = door.app, door.handler


class HealthView(View):
    """A stage that answers."""

    status: Literal["ok"] = Field(description="always ok")
    stage: str = Field(description="its name")


@app.get("/api/models", operation_id="listModels", summary="Models", tags=["catalog"], response_model=ModelsView)
def models() -> Response:
    """What may be named as `modelId`, what each can do, and its prices in credits."""
    use = door.deps()
    settings = use.settings
    found = views.models_view(
        planning.load(),
        providers=settings.providers,
        policy=settings.policy,
        now=use.gate.clock.now(),
        previews=not policy.load(settings.moderation).holds_previews_back,
    )
    return JSONResponse(found, headers=FRESH)


@app.get(
    "/api/features", operation_id="listFeatures", summary="Features", tags=["catalog"], response_model=FeaturesView
)
def features() -> Response:
    """Presets: what may be named as `featureId`."""
    return JSONResponse(views.features_view(planning.load(), policy=door.deps().settings.policy), headers=FRESH)


@app.get(
    "/openapi.json",
    operation_id="getInterface",
    summary="This interface, for machines",
    tags=["documentation"],
    response_model=dict[str, Any],
)
def interface() -> Response:
    """OpenAPI 3.1, with the commands under `x-easel-commands` and their answers under `x-easel-command-answers`."""
    return JSONResponse(document(door.deps().gate.public_url), headers=FRESH)


@app.get(
    "/docs",
    operation_id="getDocumentation",
    summary="This interface, for people",
    tags=["documentation"],
    response_class=HTMLResponse,
)
def documentation() -> Response:
    """No script, nothing fetched from elsewhere."""
    shown, allowed = _documentation(door.deps().gate.public_url)
    return HTMLResponse(shown, headers={**FRESH, **static_files.guards(allowed, plain_http=_plain_http())})


@app.get(
    "/healthz",
    operation_id="getHealth",
    summary="Whether this stage answers",
    tags=["documentation"],
    response_model=HealthView,
)
def health() -> Response:
    """Says so and no more."""
    return JSONResponse(HealthView(status="ok", stage=door.deps().settings.stage).body())


@app.get("/", include_in_schema=False)
def page(request: Request) -> Response:
    """The page. It names its files relative to itself, so below a gateway's stage its address must end in a slash."""
    gate = door.deps().gate
    if gate.lacks_slash(request.scope.get("aws.event", {})):
        return RedirectResponse(gate.address("/"), status_code=308)
    return _file("index.html", request)


@app.get("/web/{path:path}", include_in_schema=False)
def page_file(path: str, request: Request) -> Response:
    """A file of the page, and what it is told of this stage."""
    if path == "config.json":
        settings = door.deps().settings
        told = page_config.config(settings.issuers, settings.policy, turnstile=settings.turnstile_site_key)
        return JSONResponse(told, headers=FRESH)
    return _file(path, request)


@cache
def document(server: str) -> dict[str, Any]:
    """The interface of every door; they and their examples are loaded when somebody asks for it."""
    from api import credits, generate, openai, session, start, status
    from easel.openapi import document as openapi_document

    doors: list[http_door.Door[Any]] = [generate.door, start.door, status.door, credits.door, session.door]
    doors += [openai.door, door]
    return openapi_document.build(doors, bodies=BODIES, server=server)


@cache
def _documentation(server: str) -> tuple[str, str]:
    """The same as a page, and its Content-Security-Policy; made when somebody asks for it."""
    from easel.openapi import docs_page

    return docs_page.page(document(server)), docs_page.POLICY


def _file(path: str, request: Request) -> Response:
    use = door.deps()
    return static_files.file(
        use.web,
        path,
        request,
        plain_http=_plain_http(),
        talks_to=page_config.origins(use.settings.issuers),
        embeds=(turnstile.ORIGIN,) if use.settings.turnstile_site_key else (),
    )


def _plain_http() -> bool:
    return door.deps().gate.public_url.startswith("http://")
