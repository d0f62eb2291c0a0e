"""session: a cookie for the page, in place of the token that a person brought; and its end."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from fastapi import Depends, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from easel.clock import SECOND
from easel.errors import Forbidden, InvalidRequest, Unauthenticated
from easel.http import door as http_door
from easel.http import parameters
from easel.http.gateway import Gate, gate
from easel.identity.callers import Caller
from easel.identity.session_cookie import TOKEN_CHARS_MAX, Sessions
from easel.schemas import Moment, View, given, instant
from easel.settings import SessionSettings


@dataclass(frozen=True)
class SessionDeps:
    """What this door works with."""

    gate: Gate

    @property
    def sessions(self) -> Sessions:
        """The cookie of this stage."""
        return Sessions(self.gate.public_url, self.gate.cors_origins)


@cache
def deps() -> SessionDeps:
    """The same, of this process's environment."""
    return SessionDeps(gate=gate(SessionSettings.load()))


door = http_door.Door("session", deps)
app, handler = door.app, door.handler


class SessionView(View):
    """Who is signed in, and until when."""

    owner: str = Field(description="who is signed in, as `user:<issuer>:<id>`")
    expires_at: Moment = Field(description="when the token ends, and the session with it")


@app.post(
    "/api/session",
    operation_id="beginSession",
    summary="Keep me signed in",
    tags=["session"],
    response_model=SessionView,
)
def begin(
    request: Request, caller: Annotated[Caller, Depends(door.caller("read", shown=parameters.by_bearer))]
) -> Response:
    """Puts the bearer token into a cookie that scripts cannot read, until the token expires."""
    token = _bearer(request)
    if caller.account or caller.expires_at is None:
        raise Forbidden("A session holds a person's token; send an API key with each request instead.")
    if len(token) > TOKEN_CHARS_MAX:
        raise InvalidRequest(f"The token is too long for a cookie, over {TOKEN_CHARS_MAX} characters; send it itself.")
    use = door.deps()
    seconds = (caller.expires_at - use.gate.clock.now()) // SECOND
    if seconds <= 0:
        raise Unauthenticated("The token has expired; sign in again.")
    view = SessionView(owner=caller.owner, expires_at=instant(caller.expires_at))
    return JSONResponse(view.body(), headers={"Set-Cookie": use.sessions.set_cookie(token, seconds=seconds)})


class SignedInView(View):
    """Whom this stage takes its caller for. Who has not signed in may do what `scopes` say all the same."""

    signed_in: bool = Field(description="whether the credentials that came are somebody's")
    owner: str = Field("", description="whose jobs these are: `user:<issuer>:<id>` or `service:<account>`")
    expires_at: Moment = Field("", description="when the sign-in ends, where it does by itself")
    scopes: tuple[str, ...] = Field(description="what these credentials may do, such as `generate` and `read`")


@app.get("/api/session", operation_id="getSession", summary="Who am I", tags=["session"], response_model=SignedInView)
def who(
    caller: Annotated[Caller, Depends(door.caller(None, shown=parameters.signed_in_or_anonymous))],
) -> Response:
    """By cookie, token or key, or nobody. Credentials that do not hold any more are refused with 401."""
    ends = None if caller.expires_at is None else instant(caller.expires_at)
    facts = {} if caller.anonymous else given(owner=caller.owner, expires_at=ends)
    view = SignedInView(signed_in=not caller.anonymous, scopes=tuple(sorted(caller.scopes)), **facts)
    return JSONResponse(view.body())


@app.delete("/api/session", operation_id="endSession", summary="Sign out", tags=["session"], status_code=204)
def end(_: Annotated[None, Depends(http_door.from_our_page)]) -> Response:
    """Ends the session in this browser; there, signed in or not, nothing is left of it."""
    return Response(status_code=204, headers={"Set-Cookie": door.deps().sessions.clear_cookie()})


def _bearer(request: Request) -> str:
    """The token itself; the authorizer found it to hold, and takes one header alone for an answer."""
    sent = request.headers.getlist("Authorization")
    if len(sent) != 1:
        raise Unauthenticated("Send the token as `Authorization: Bearer` to begin a session.")
    return sent[0].strip().partition(" ")[2].strip()
