"""What routes of several doors read of a request, declared where it is read: the OpenAPI document says no more.

FastAPI takes the document's parameters and security schemes from the dependencies that read them. A body is the
exception: it is read as a stream with a limit, so a route names its model a second time, by `takes`.

What waits for nothing is `async`: FastAPI hands every other function to a thread, which takes longer than it does.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Header, Path, Query, Request, Security
from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBearer
from fastapi.openapi.models import SecurityBase as Scheme
from fastapi.security import APIKeyHeader, APIKeyQuery
from fastapi.security.base import SecurityBase
from pydantic import BaseModel, WithJsonSchema

from easel import schemas
from easel.errors import NotFound
from easel.http import bodies, commands
from easel.identity.session_cookie import SECURE_NAME

JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
KEY_NAME = "Idempotency-Key"
KEY_SCHEMA = {"type": "string", "minLength": 1, "maxLength": commands.KEY_CHARS_MAX, "pattern": "^[!-~]+$"}
REQUIRED = "x-required"  # in a parameter's schema: the route refuses a request without it, in its own words

M = TypeVar("M", bound=schemas.Body)

Owner = Annotated[
    str | None,
    Header(
        alias="Easel-Owner",
        description="`user:<issuer>:<id>`, on whose behalf a key with the scope `act_for` asks",
    ),
]
Limit = Annotated[int, Query(ge=1, le=50, description="how many a page may have")]
Cursor = Annotated[str | None, Query(max_length=512, description="of the page before; without it, the first page")]
Wait = Annotated[int, Query(ge=0, le=60, description="seconds to wait for a change, up to about 24")]
Known = Annotated[
    str, Header(alias="If-None-Match", description="the `ETag` of an earlier answer: 304 while nothing is new")
]


class CredentialScheme(SecurityBase):
    """Credentials that the authorizer reads before a door is asked; here they are declared, and nothing is read."""

    def __init__(self, name: str, model: Scheme) -> None:
        self.scheme_name, self.model = name, model

    async def __call__(self) -> None:
        """Nothing: the door believes the authorizer's word."""


BEARER = CredentialScheme(
    "bearer", HTTPBearer(description="a token of a trusted issuer, or an API key (easel_…)", bearerFormat=None)
)
SESSION = CredentialScheme(
    "session",
    APIKey(
        **{"in": APIKeyIn.cookie},
        name=SECURE_NAME,
        description="the cookie of `POST /api/session`; what changes something must come from this stage's own page or "
        "a configured site, which `Origin` or `Sec-Fetch-Site` prove",
    ),
)
ANONYMOUS = CredentialScheme("anonymous", Scheme(type="apiKey"))  # the document writes it as {}: without credentials
JOB_TOKEN = APIKeyHeader(
    name="Easel-Job-Token",
    scheme_name="jobToken",
    description="the `jobToken` that a job was started with by somebody who had not signed in",
    auto_error=False,
)
JOB_TOKEN_IN_QUERY = APIKeyQuery(
    name="jobToken",
    scheme_name="jobTokenInQuery",
    description="the same, for a browser that shows an image and cannot send headers with it",
    auto_error=False,
)

JobToken = Annotated[str | None, Security(JOB_TOKEN)]
JobTokenInQuery = Annotated[str | None, Security(JOB_TOKEN_IN_QUERY)]
Bearer = Annotated[None, Security(BEARER)]
Session = Annotated[None, Security(SESSION)]
Anonymous = Annotated[None, Security(ANONYMOUS)]


async def signed_in(bearer: Bearer, session: Session) -> None:
    """Declares a route for people and services that have signed in, however they did."""


async def signed_in_or_anonymous(bearer: Bearer, session: Session, anonymous: Anonymous) -> None:
    """Declares a route that also answers who has not signed in, if the stage lets them."""


async def by_bearer(bearer: Bearer) -> None:
    """Declares a route that a session's cookie does not open."""


def body(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """For routes: the request's body as its model."""

    async def read(request: Request) -> M:
        return bodies.parse(model, await json_of(request))

    return read


async def json_of(request: Request) -> bytes:
    """The bytes of a body that says it is JSON. Raises UnsupportedMediaType and PayloadTooLarge."""
    bodies.must_be_json(request.headers.get("content-type"))
    bodies.must_be_plain(request.headers.get("content-encoding"))
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        bodies.must_fit(len(received))
    return bytes(received)


def takes(model: type[schemas.Body], **examples: Mapping[str, Any]) -> dict[str, Any]:
    """For the document: the body of a route."""
    content = {
        "schema": {"$ref": f"#/components/schemas/{model.__name__}"},
        "examples": {name.replace("_", " "): {"value": dict(value)} for name, value in examples.items()},
    }
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def both(*models: type[BaseModel]) -> dict[str, Any]:
    """For the document: the content of an answer with the fields of all these models, which other answers have too."""
    named = [{"$ref": f"#/components/schemas/{model.__name__}"} for model in models]
    return {"application/json": {"schema": {"allOf": named}}}


async def key(
    sent: Annotated[
        list[str] | None,
        WithJsonSchema(KEY_SCHEMA),
        Header(alias=KEY_NAME, description="remembered 30 days: the same key and body, the same job"),
    ] = None,
) -> str | None:
    """For routes that start a job: the Idempotency-Key. Several headers are read as one, which then is none."""
    return _key(sent)


async def key_of_movement(
    sent: Annotated[
        list[str] | None,
        WithJsonSchema({**KEY_SCHEMA, REQUIRED: True}),
        Header(alias=KEY_NAME, description="such as the payment's id: a repeat moves nothing twice"),
    ] = None,
) -> str | None:
    """For routes that move credits: the Idempotency-Key. The route refuses its absence once the body holds."""
    return _key(sent)


async def in_path(job_id: Annotated[str, Path(alias="jobId", description="of the answer to its start")]) -> str:
    """For routes: the job's id in the path, if it can be one."""
    return _job_id(job_id)


async def in_query(job_id: Annotated[str, Query(alias="jobId", description="of the answer to its start")]) -> str:
    """For routes: the job's id as `?jobId=`."""
    return _job_id(job_id)


def _key(sent: list[str] | None) -> str | None:
    return commands.key_of(", ".join(sent), KEY_NAME) if sent else None


def _job_id(named: str) -> str:
    if not JOB_ID.fullmatch(named):
        raise NotFound("There is no such job among yours.")
    return named
