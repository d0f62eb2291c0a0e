"""What a door knows of the gateway in front of it: which events are its own, who is asking, and where it is reached."""

import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from easel.aws.secrets import signing
from easel.clock import MINUTE, SECOND, Clock, SystemClock
from easel.http.headers import EDGE_HEADER, VIEWER_HEADER
from easel.identity import signed_context
from easel.settings import NeedsDoors

DOOR_SECONDS = 24


@dataclass(frozen=True)
class Gate:
    """One stage's gateway; `door_seconds` is how long after a request's arrival a waiting door answers."""

    api_id: str
    public_url: str
    cors_origins: tuple[str, ...]
    secret: Callable[[], bytes]
    clock: Clock
    door_seconds: int = DOOR_SECONDS
    edge: Callable[[], bytes] | None = None  # what only the edge in front of the gateway knows, where there is one

    @property
    def plain_http(self) -> bool:
        """Whether this stage is reached without TLS: a local one."""
        return self.public_url.startswith("http://")

    def is_ours(self, event: Mapping[str, Any]) -> bool:
        """Whether this is a web event of our gateway."""
        context = event.get("requestContext")
        return (
            isinstance(context, Mapping)
            and context.get("apiId") == self.api_id
            and isinstance(event.get("httpMethod"), str)
            and isinstance(event.get("path"), str)
            and "resource" in event
        )

    def is_authorized(self, event: Mapping[str, Any]) -> bool:
        """Whether the authorizer said who is asking; only for events that our gateway sent."""
        context = event["requestContext"].get("authorizer")
        return isinstance(context, Mapping) and signed_context.verify(
            context, now=self.clock.now(), secret=self.secret()
        )

    def came_through_edge(self, event: Mapping[str, Any]) -> bool:
        """Whether it came past the edge, or there is none: the gateway's own address is nobody's to use then."""
        return self.edge is None or hmac.compare_digest(_header(event, EDGE_HEADER).encode(), self.edge())

    def viewer(self, event: Mapping[str, Any]) -> str:
        """The address it came from: as the gateway saw it, or as an edge that proved itself did; "" for nobody's."""
        if self.edge is not None:
            return _header(event, VIEWER_HEADER) if self.came_through_edge(event) else ""
        identity = event.get("requestContext", {}).get("identity")
        found = identity.get("sourceIp") if isinstance(identity, Mapping) else None
        return found if isinstance(found, str) else ""

    def address(self, path: str) -> str:
        """The public address of a path of ours."""
        return f"{self.public_url.rstrip('/')}{path}"

    def lacks_slash(self, event: Mapping[str, Any]) -> bool:
        """Whether the gateway's stage was asked for without a slash at the end: a page there cannot find its files."""
        context = event.get("requestContext", {})
        return bool(context.get("path") == f"/{context.get('stage')}")

    def until(self, event: Mapping[str, Any], seconds: int | None = None) -> int:
        """Until when (ms) a door may wait before it must answer: so long after the request came in, or `seconds`."""
        now = self.clock.now()
        came = event.get("requestContext", {}).get("requestTimeEpoch")
        if not isinstance(came, int) or not now - MINUTE < came < now:
            came = now
        latest = came + self.door_seconds * SECOND
        return latest if seconds is None else min(latest, now + seconds * SECOND)


def gate(settings: NeedsDoors, *, door_seconds: int = DOOR_SECONDS) -> Gate:
    """The gate of a door with these settings."""
    return Gate(
        api_id=settings.api_id,
        public_url=settings.public_url,
        cors_origins=settings.cors_origins,
        secret=signing(settings.signing_secret),
        clock=SystemClock(),
        door_seconds=door_seconds,
        edge=signing(settings.edge_secret) if settings.edge_secret else None,
    )


def _header(event: Mapping[str, Any], wanted: str) -> str:
    """A header that came once; several at once are several opinions, and read as none."""
    headers = event.get("multiValueHeaders")
    named = headers.items() if isinstance(headers, Mapping) else ()
    found = [value for name, values in named if name.lower() == wanted for value in values]
    return found[0] if len(found) == 1 and isinstance(found[0], str) else ""


def request_id(event: Mapping[str, Any]) -> str:
    """The gateway's name for the request, or one of our own."""
    context = event.get("requestContext")
    named = context.get("requestId") if isinstance(context, Mapping) else None
    return named if isinstance(named, str) and named else str(uuid.uuid4())
