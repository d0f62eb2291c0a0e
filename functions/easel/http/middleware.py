"""What every answer carries, whatever made it: request id, CORS for the allowed sites, and no news of our insides."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from easel.aws.redaction import error_facts, job_of
from easel.errors import CallerError
from easel.http import problems
from easel.http.gateway import Gate, request_id
from easel.http.headers import guards
from easel.identity.callers import Caller

TOLD = "told"
EXPOSED = (
    "ETag, Idempotency-Replayed, Location, OpenAI-Processing-Ms, Preference-Applied, Retry-After, X-Request-Id, "
    "X-Should-Retry"
)


@cache
def log() -> Logger:
    """Where doors write what operators need; never prompts, tokens, keys or links."""
    return Logger(service="easel")


def problem(error: CallerError, named: str, manner: problems.Manner = problems.OWN) -> JSONResponse:
    """An error as an HTTP answer."""
    return JSONResponse(
        problems.answer(error, named, manner),
        status_code=manner.status(error),
        headers=problems.headers(manner.told(error)),
        media_type=problems.MEDIA_TYPE,
    )


def log_unforeseen(error: Exception, named: str) -> CallerError:
    """Log an error nobody foresaw (its kind and place: its text may hold a caller's words), and what to say of it."""
    log().error("unforeseen", extra={**error_facts(error), "requestId": named})
    return problems.internal()


class Envelope:
    """The outermost layer of a door's app."""

    def __init__(self, app: ASGIApp, *, gate: Callable[[], Gate], manner: problems.Manner) -> None:
        self.app = app
        self._gate = gate
        self._manner = manner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, and see to it that it does."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = request_id(scope.get("aws.event", {}))
        scope.setdefault("state", {})["request_id"] = named
        begun, begun_at, plain_http = False, time.monotonic(), False
        shared: dict[str, str] = {}

        async def sealed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers.update({"X-Request-Id": named, **shared})
                for name, value in guards(plain_http=plain_http).items():
                    headers.setdefault(name, value)
                log().info(
                    "answered", extra={**_line(scope, begun_at), "status": message["status"], "requestId": named}
                )
            await send({**message, "body": b""} if scope["method"] == "HEAD" and "body" in message else message)

        try:
            gate = self._gate()
            plain_http = gate.plain_http
            shared.update(_shared(gate.cors_origins, Headers(scope=scope).get("origin")))
            await self.app(_as_get(scope), receive, sealed)
        except Exception as error:  # the edge of our world: whatever it is, the caller gets an answer in our shape
            if begun:
                raise
            await problem(log_unforeseen(error, named), named, self._manner)(scope, receive, sealed)


def _shared(allowed: tuple[str, ...], origin: str | None) -> dict[str, str]:
    """CORS for an actual answer; the gateway answers OPTIONS."""
    if not allowed:
        return {}
    if origin not in allowed:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",  # the session cookie, which SameSite keeps within one site
        "Access-Control-Expose-Headers": EXPOSED,
        "Vary": "Origin",
    }


def _as_get(scope: Scope) -> Scope:
    """HEAD is GET without what it shows (RFC 9110, 9.3.2): status and headers are the same."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


def _line(scope: Scope, begun_at: float) -> dict[str, Any]:
    """A request as it is logged: the path without its query, which may hold a token; which job, and by which key."""
    took = round((time.monotonic() - begun_at) * 1000)
    named = job_of(scope.get("path_params", {}).get("jobId"))
    told = {**named, **scope.get("state", {}).get(TOLD, {})}
    return {"method": scope["method"], "path": scope["path"], "milliseconds": took, **told}


def tell(request: Request, **facts: str) -> None:
    """Add to the line that a request leaves in the log: ids and kinds, never what a caller wrote. Empty ones do not."""
    request.scope.setdefault("state", {}).setdefault(TOLD, {}).update({k: v for k, v in facts.items() if v})


def kind_of(caller: Caller) -> str:
    """What kind of owner asks, without its name."""
    return caller.owner.partition(":")[0]
