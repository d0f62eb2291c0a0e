"""A door: one small FastAPI app behind the gateway, and the commands that come by lambda:Invoke.

The branch between the two is taken here. A web event is believed only from our own gateway, and on doors behind
the authorizer only with its proof.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from typing import Annotated, Any, Generic, Protocol, TypeVar

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from mangum import Mangum
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from easel.errors import (
    Busy,
    CallerError,
    Forbidden,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    OriginNotAllowed,
    Unauthenticated,
)
from easel.http import commands, headers, parameters, problems
from easel.http.commands import Command
from easel.http.gateway import Gate, request_id
from easel.http.middleware import Envelope, kind_of, log_unforeseen, problem, tell
from easel.http.refusals import refused
from easel.identity import signed_context
from easel.identity.callers import ANONYMOUS, Caller, owner_hash

PROBLEMS: Mapping[str, type[CallerError]] = {kind.code: kind for kind in (Busy, OriginNotAllowed)}
TEXT_TYPES = ["text/", "application/json", "application/problem+json", "image/svg+xml"]


class HasGate(Protocol):
    """What every door is given."""

    @property
    def gate(self) -> Gate:
        """The gateway in front of it."""


D = TypeVar("D", bound=HasGate)


class Door(Generic[D]):
    """One function's web routes and commands; `deps` builds what they work with, on first use."""

    def __init__(
        self, name: str, deps: Callable[[], D], *, open_to_all: bool = False, manner: problems.Manner = problems.OWN
    ) -> None:
        self.name = name
        self.deps = deps
        self.open_to_all = open_to_all  # behind no authorizer
        self.commands: dict[str, Command] = {}
        self.app = FastAPI(title=name, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
        self.app.state.manner = manner  # in which errors are told
        self.app.add_middleware(Envelope, gate=lambda: self.deps().gate, manner=manner)
        self.app.add_exception_handler(CallerError, _refused)
        self.app.add_exception_handler(RequestValidationError, _misread)
        self.app.add_exception_handler(HTTPException, _unrouted)

    def command(self, command: Command) -> None:
        """Add a command."""
        self.commands[command.name] = command

    def handler(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """What Lambda calls."""
        if "command" in event:
            return commands.run(self.commands, event, context)
        refusal = self._refusal(event)
        if refusal:
            return {"error": problems.body(refusal, request_id(event))}
        if not self.deps().gate.came_through_edge(event):
            return _alone(Forbidden("This is not the public address of this service."), event)
        asyncio.set_event_loop(_loop())
        try:
            return self._gateway(event, context)  # type: ignore[no-any-return]
        except ValueError as error:  # the adapter's, on a Host or port that is none; the app itself never raises
            log_unforeseen(error, request_id(event))
            return _alone(InvalidRequest("The request's headers cannot be read."), event)

    def caller(
        self, scope: str | None, *, shown: Callable[..., Awaitable[None]] = parameters.signed_in
    ) -> Callable[..., Awaitable[Caller]]:
        """For routes: who is asking, on whose behalf, once they may; `shown` declares by which credentials.

        Without a scope whoever shows credentials may, and who shows none is the route's to refuse.
        """

        async def who(
            request: Request, credentials: Annotated[None, Depends(shown)], owner: parameters.Owner = None
        ) -> Caller:
            event = request.scope.get("aws.event", {})
            caller = replace(_vouched_for(request), address=self.deps().gate.viewer(event))
            person = owner_hash(caller.owner, self.deps().gate.secret()) if caller.person else ""
            tell(request, ownerKind=kind_of(caller), keyId=caller.key_id, person=person)
            if scope is not None:
                caller.must(scope)
            return caller.acting_for(owner)

        return who

    def until(self, request: Request, seconds: int | None = None) -> int:
        """Until when (ms) a route may wait."""
        return self.deps().gate.until(request.scope.get("aws.event", {}), seconds)

    @cached_property
    def _gateway(self) -> Any:
        return Mangum(self.app, lifespan="off", text_mime_types=TEXT_TYPES)

    def _refusal(self, event: Mapping[str, Any]) -> CallerError | None:
        gate = self.deps().gate
        if not gate.is_ours(event):
            return InvalidRequest("This is neither a command nor a request from this stage's gateway.")
        try:
            if self.open_to_all or gate.is_authorized(event):
                return None
        except Busy as error:
            return error
        return Unauthenticated("This request did not come through the gateway's authorizer.")


async def from_our_page(request: Request, session: parameters.Session, anonymous: parameters.Anonymous) -> None:
    """For routes that anonymous callers may use: refuse what another site sends with a session cookie."""
    try:
        _vouched_for(request)
    except OriginNotAllowed:
        raise
    except CallerError:
        return


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _vouched_for(request: Request) -> Caller:
    """The caller that the authorizer vouched for; without a gateway (uvicorn on this machine) it is nobody."""
    context = request.scope.get("aws.event", {}).get("requestContext", {}).get("authorizer")
    if context is None:
        return Caller(owner=ANONYMOUS, scopes=frozenset())
    if context["code"]:
        raise PROBLEMS.get(context["code"], Unauthenticated)(context["problem"])
    return signed_context.caller_of(context)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, CallerError):
        raise error
    return _told(error, request)


async def _misread(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found: Sequence[Any] = [{**each, "loc": each["loc"][1:]} for each in error.errors()]  # without "query"
    return _told(refused(found), request)


async def _unrouted(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 405:
        allowed = ", ".join(_methods(request))
        answer = _told(MethodNotAllowed(f"This address takes {allowed}."), request)
        answer.headers["Allow"] = allowed
        return answer
    return _told(NotFound("There is nothing at this address; /docs lists what there is."), request)


def _told(error: CallerError, request: Request) -> Response:
    return problem(error, request.state.request_id, request.app.state.manner)


def _methods(request: Request) -> list[str]:
    """What this address takes: of all its routes, and HEAD wherever GET."""
    routes = [each for each in request.app.routes if isinstance(each, Route)]
    found = [each.methods or set() for each in routes if each.matches(request.scope)[0] is not Match.NONE]
    methods: set[str] = set().union(*found)
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


def _alone(error: CallerError, event: Mapping[str, Any]) -> dict[str, Any]:
    """A refusal that the app has no part in."""
    named = request_id(event)
    answer: JSONResponse = problem(error, named)
    return {
        "statusCode": answer.status_code,
        "headers": {"content-type": answer.media_type, "x-request-id": named, **headers.ALWAYS},
        "body": bytes(answer.body).decode(),
        "isBase64Encoded": False,
    }
