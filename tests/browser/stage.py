"""A stage that only pretends: the page as it is really served, and the contract's answers as a test wants them."""

import asyncio
import io
import json
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

import uvicorn
from api import session
from joserfc import jwt
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from easel import settings
from easel.catalog import planning
from easel.catalog import views as catalog_views
from easel.credits import views as credits_views
from easel.credits.model import Balance
from easel.errors import CallerError, Unauthenticated
from easel.http import page_config, problems, static_files
from easel.identity.session_cookie import Sessions
from easel.jobs import model
from easel.limits import turnstile
from easel.policy import Policy
from easel.settings import ProviderSettings
from local.issuer import Issuer
from local.signin import SignIn
from tests.browser import answers

WEB = Path(__file__).parents[2] / "web"
PREFIX = "/live"  # API Gateway puts its stage's name before every path
TOKEN = "a-good-token"
ADA = "user:test:ada"
LATER = "2036-11-20T12:00:00.000Z"
START_SECONDS_MAX = 10
WAIT_SECONDS = 0.4  # a long poll without news, much shortened
PROVIDERS = {"openai": ProviderSettings(), "openai_compatible": ProviderSettings(model="sketch")}

Change = dict[str, Any]
DRAWN: tuple[Change, ...] = (
    {"status": "running", "stage": "generating", "attempt": 1},
    {"status": "succeeded", "stage": "storing", "charged": 2},
)


@dataclass
class FakeJob:
    """A job that takes its next step whenever somebody looks."""

    id: str
    request: dict[str, Any]
    owner: str
    steps: list[Change]
    version: int = 1
    facts: Change = field(default_factory=dict)

    def step(self) -> bool:
        """Take the next step, if there is one."""
        if not self.steps:
            return False
        self.becomes(**self.steps.pop(0))
        return True

    def becomes(self, **facts: Any) -> None:
        """Change, as a worker would have it."""
        self.facts |= facts
        self.version += 1

    @property
    def final(self) -> bool:
        """Whether this is its end."""
        return self.facts.get("status", "queued") in model.FINAL


@dataclass
class Stage:
    """What the page talks to; tests set what it answers and read what it was asked."""

    address: str = ""
    pictures: str = ""  # another origin, as the bucket is
    anonymous: bool = False
    in_flight: bool = False  # a provider's call is, so that a cancel has to wait
    refusal: CallerError | None = None
    replies_lost: int = 0
    slow_seconds: float = 0.0
    steps: tuple[Change, ...] = DRAWN
    jobs: dict[str, FakeJob] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)  # path, headers, body
    keys: dict[str, str] = field(default_factory=dict)
    issuer: Issuer | None = None  # where people sign in, if anywhere
    sessions: dict[str, int] = field(default_factory=dict)  # tokens kept in cookies
    site_key: str = ""  # of the challenge that strangers solve, if they have to
    spent: set[str] = field(default_factory=set)  # challenges' tokens: each is good once

    def bodies(self, path: str) -> list[Any]:
        """What was sent to a path."""
        return [body for asked, _, body in self.asked if asked == path]

    def headers(self, path: str) -> list[dict[str, str]]:
        """The headers with them."""
        return [headers for asked, headers, _ in self.asked if asked == path]

    def siteverify(self, url: str, form: bytes) -> bytes:
        """Cloudflare's answer about a token."""
        [token] = parse_qs(form.decode())["response"]
        good = token.startswith("solved-") and token not in self.spent
        self.spent.add(token)
        return json.dumps({"success": good}).encode()

    def started(self, request: dict[str, Any], *, owner: str, key: str | None = None) -> FakeJob:
        """A new job, or the one that this key began."""
        known = self.keys.get(key or "")
        if known:
            return self.jobs[known]
        job = FakeJob(id=f"job-{len(self.jobs) + 1}", request=request, owner=owner, steps=list(self.steps))
        self.jobs[job.id] = job
        if key:
            self.keys[key] = job.id
        return job


def app(stage: Stage) -> Starlette:
    """The routes that the page uses."""

    async def heard(request: Request) -> Any:
        body = await request.json() if await request.body() else None
        stage.asked.append((request.url.path.removeprefix(PREFIX), dict(request.headers), body))
        signed_in = bearer(request) == TOKEN or accepted(bearer(request))
        if "Authorization" in request.headers and not signed_in:
            raise Unauthenticated("These credentials do not hold: the token is not one of ours. Sign in again.")
        return body

    def bearer(request: Request) -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ")

    def accepted(token: str) -> bool:
        if stage.issuer is None or token.count(".") != 2:
            return False
        jwt.decode(token, stage.issuer.key, algorithms=["ES256"])
        return True

    async def begin(request: Request) -> Response:
        await heard(request)
        sessions = Sessions(stage.address)
        stage.sessions[bearer(request)] = 3600
        view = session.SessionView(owner=ADA, expires_at=LATER)
        return JSONResponse(view.body(), headers={"Set-Cookie": sessions.set_cookie(bearer(request), seconds=3600)})

    async def end(request: Request) -> Response:
        return Response(status_code=204, headers={"Set-Cookie": Sessions(stage.address).clear_cookie()})

    async def configured(_: Request) -> Response:
        issuers = [settings.Issuer.model_validate(stage.issuer.setting())] if stage.issuer else []
        told = page_config.config(issuers, Policy(anonymous=stage.anonymous), turnstile=stage.site_key)
        return JSONResponse(told)

    def owner(request: Request) -> str:
        kept = Sessions(stage.address).token(request.headers.getlist("Cookie"))
        if "Authorization" not in request.headers and kept not in stage.sessions:
            raise Unauthenticated("Sign in: send `Authorization: Bearer` with a token or an API key.")
        return ADA

    async def page(request: Request) -> Response:
        path = request.path_params.get("path", "index.html")
        embeds = (turnstile.ORIGIN,) if stage.site_key else ()
        return static_files.file(WEB, path, request, plain_http=True, embeds=embeds)

    async def models(request: Request) -> Response:
        await heard(request)
        return JSONResponse(offered())

    async def start(request: Request) -> Response:
        body = await heard(request)
        whose = owner(request)
        await asyncio.sleep(stage.slow_seconds)
        if stage.refusal:
            raise stage.refusal
        job = stage.started(body, owner=whose, key=request.headers.get("Idempotency-Key"))
        if stage.replies_lost:
            stage.replies_lost -= 1
            return Response("{", 202, headers={"Content-Length": "999"})  # the connection breaks in the middle
        return JSONResponse(answers.started(job, stage).body(), 202)

    async def generate(request: Request) -> Response:
        body = await heard(request)
        if not stage.anonymous:
            owner(request)
        if stage.site_key:
            human(request.headers.get(turnstile.HEADER), "")
        if stage.refusal:
            raise stage.refusal
        return JSONResponse(answers.quick(body, png(96, 96)).body())

    async def status(request: Request) -> Response:
        await heard(request)
        job = stage.jobs[request.path_params["job"]]
        known = request.headers.get("If-None-Match")
        until = time.monotonic() + (WAIT_SECONDS if "wait" in request.query_params else 0)
        while known == f'W/"{job.version}-0"' and not job.step() and time.monotonic() < until:
            await asyncio.sleep(0.02)
        headers = {"ETag": f'W/"{job.version}-0"', "X-Request-Id": "request-of-status"}
        if known == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return JSONResponse(answers.status(job, stage).body(), headers=headers)

    async def cancel(request: Request) -> Response:
        await heard(request)
        job = stage.jobs[request.path_params["job"]]
        job.becomes(**({"cancel_requested": True} if stage.in_flight else {"status": "canceled"}))
        return JSONResponse(answers.status(job, stage).body(), 202 if stage.in_flight else 200)

    async def listed(request: Request) -> Response:
        await heard(request)
        mine = [job for job in reversed(stage.jobs.values()) if job.owner == owner(request)]
        return JSONResponse({"jobs": [answers.status(job, stage).body() for job in mine], "cursor": None})

    async def balance(request: Request) -> Response:
        await heard(request)
        owner(request)
        held = sum(2 for job in stage.jobs.values() if not job.final)
        spent = sum(job.facts.get("charged", 0) for job in stage.jobs.values())
        found = Balance(owner=ADA, available=94 - held - spent, held=held)
        return JSONResponse(credits_views.balance(found, buy_url="https://example.com/buy"))

    async def picture(request: Request) -> Response:
        return Response(png(*map(int, request.path_params["size"].split("x"))), media_type="image/png")

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, CallerError)
        body = problems.body(error, "request-42")
        return JSONResponse(body, body["status"], problems.headers(error), problems.MEDIA_TYPE)

    human = turnstile.Turnstile(secret=lambda: b"a secret key", post=stage.siteverify)
    routes = [
        Route("/", page),
        Route("/web/config.json", configured),
        Route("/web/{path:path}", page),
        Route("/api/session", begin, methods=["POST"]),
        Route("/api/session", end, methods=["DELETE"]),
        *(SignIn(stage.issuer).routes() if stage.issuer else []),
        Route("/api/models", models),
        Route("/api/aiimage/start", start, methods=["POST"]),
        Route("/api/generate-images", generate, methods=["POST"]),
        Route("/api/aiimage/status/{job}", status),
        Route("/api/aiimage/jobs", listed),
        Route("/api/aiimage/jobs/{job}/cancel", cancel, methods=["POST"]),
        Route("/api/credits", balance),
        Route("/pictures/{size}.png", picture),
    ]
    return Starlette(routes=routes, exception_handlers={CallerError: refused})


@cache
def offered() -> dict[str, Any]:
    """What this release's catalog offers today."""
    return catalog_views.models_view(
        planning.load(), providers=PROVIDERS, policy=Policy(), now=int(datetime.now(UTC).timestamp() * 1000)
    )


@cache
def png(width: int, height: int) -> bytes:
    """A picture."""
    held = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(held, "PNG")
    return held.getvalue()


class Host:
    """One server for all stages of a run, at a free port: what it serves is the stage of the moment."""

    def __init__(self) -> None:
        self._root = Starlette()
        self._server = uvicorn.Server(
            uvicorn.Config(self._root, port=0, log_level="critical", ws="none", lifespan="off")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        until = time.monotonic() + START_SECONDS_MAX
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.01)
        return self

    def show(self, stage: Stage) -> Stage:
        """Serve this stage from now on."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        stage.address = f"http://127.0.0.1:{port}{PREFIX}/"
        if stage.issuer is not None:
            stage.issuer = replace(stage.issuer, address=stage.address.rstrip("/"))
        stage.pictures = f"http://localhost:{port}{PREFIX}/pictures"
        self._root.router.routes[:] = [Mount(PREFIX, app=app(stage))]
        return stage

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(timeout=START_SECONDS_MAX)
