"""The gateway as a proof needs it: requests go past the real authorizer to the real doors, in this process, on moto."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from api import authorize, credits, generate, meta, openai, session, start, status
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.routing import Route

from easel.errors import NotFound
from easel.http import problems
from easel.http.gateway import Gate
from easel.identity.api_keys import Keys
from easel.identity.authentication import Authenticator
from easel.identity.callers import ANONYMOUS_SCOPES, USER_SCOPES, Caller
from easel.identity.jwks import KeySets
from easel.identity.session_cookie import Sessions
from easel.identity.tokens import Tokens
from easel.jobs.read import JobReader
from easel.jobs.store import JobWithRequest
from easel.settings import Issuer, MetaSettings, ProviderSettings
from tests.support.report import sabotaged
from tests.support.world import SECRET, World

DOORS: tuple[ModuleType, ...] = (generate, start, status, credits, session, openai, meta)
URL = "https://images.example"
SITE = "https://app.example"  # the one configured origin of another site
ISSUER = Issuer(name="local", issuer="https://id.example", jwks_url="https://id.example/keys", audience=("easel",))
WEB = Path(__file__).parents[2] / "web"


@dataclass(frozen=True)
class Ask:
    """One request, as it leaves a client."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """What came back; header names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code, where it is one."""
        return str(self.json["code"]) if self.headers.get("content-type") == problems.MEDIA_TYPE else ""


class Gateway:
    """One stage's doors over one world."""

    def __init__(self, world: World, *, anonymous: bool = False, url: str = URL) -> None:
        self.world = world
        self.url = url
        self.keys = Keys(world.dynamodb, "keys", world.clock, by="proof")
        published = json.dumps({"keys": [_signer().as_dict(private=False)]}).encode()
        key_sets = KeySets(fetch=lambda _: published, clock=world.clock)
        identity = Authenticator(
            tokens=Tokens((ISSUER,), key_sets, world.clock),
            keys=self.keys,
            sessions=Sessions(url, (SITE,)),
            clock=world.clock,
            anonymous_scopes=USER_SCOPES if anonymous else ANONYMOUS_SCOPES,
        )
        self.authorizer = authorize.Authorize(identity, lambda: SECRET, world.clock)
        self.gate = Gate(
            api_id="api1",
            public_url=url,
            cors_origins=(SITE,),
            secret=lambda: SECRET,
            clock=world.clock,
            door_seconds=24,
        )
        self.asked = 0
        self._wire()

    def _wire(self) -> None:
        world = self.world
        settings = MetaSettings(
            stage="proof",
            api_id="api1",
            public_url=self.url,
            signing_secret="s",
            providers={"openai": ProviderSettings()},
        )
        deps: Any = SimpleNamespace(
            gate=self.gate,
            start=world.start,
            quote=world.quote,
            generate=world.generate,
            check_turnstile=lambda token, address: None,
            cancel=world.cancel,
            star=world.star,
            shares=world.shares,
            open_share=world.open_share,
            status=world.status,
            watch=world.watch,
            watch_page=world.watch_page,
            watch_many=world.watch_many,
            collect=world.collect,
            claims=world.claims,
            providers=world.offers,
            policy=world.policy,
            accounts=world.accounts,
            refund=world.refund,
            erase=world.eraser,
            uploads=world.uploads,
            forget=world.forget,
            endpoints=world.endpoints,
            deliveries=world.deliveries,
            sessions=Sessions(self.url, (SITE,)),
            buy_url=None,
            settings=settings,
            web=WEB,
        )
        for module in DOORS:
            module.door.deps = lambda: deps

    def token(self, subject: str, *, seconds: int = 3_600) -> str:
        """A person's token."""
        now = self.world.clock.now() // 1000
        said: dict[str, Any] = {"iss": ISSUER.issuer, "aud": "easel", "sub": subject, "iat": now, "exp": now + seconds}
        return jwt.encode({"alg": "ES256", "kid": "k1"}, said, _signer())

    def send(self, ask: Ask, *, named: str = "") -> Answer:
        """A request's answer; `named` is the gateway's name for it."""
        self.asked += 1
        event = self._event(ask, named or f"req-{self.asked}")
        module = door_of(ask)
        if module is None:  # the gateway itself says so, see infra.gateway_responses
            body = json.dumps(problems.answer(NotFound("There is no such route."), "req")).encode()
            return Answer(404, {"content-type": problems.MEDIA_TYPE, "x-request-id": "req"}, body)
        if not module.door.open_to_all:
            told = self.authorizer({**event, "methodArn": "arn"})
            context = {**told["context"], "principalId": told["principalId"]}
            event["requestContext"]["authorizer"] = context
        raw = module.handler(event, SimpleNamespace(aws_request_id=named))
        headers = {name.lower(): value for name, value in raw["headers"].items()}
        headers |= {name.lower(): ", ".join(values) for name, values in raw.get("multiValueHeaders", {}).items()}
        body = base64.b64decode(raw["body"]) if raw["isBase64Encoded"] else raw["body"].encode()
        return Answer(raw["statusCode"], headers, body)

    def _event(self, ask: Ask, named: str) -> dict[str, Any]:
        parts = urlsplit(ask.path)
        sent = {"Host": urlsplit(self.url).netloc, **ask.headers}
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            query.setdefault(name, []).append(value)
        return {
            "type": "REQUEST",
            "resource": "/{proxy+}",
            "path": parts.path,
            "httpMethod": ask.method,
            "headers": sent,
            "multiValueHeaders": {name: [value] for name, value in sent.items()},
            "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
            "requestContext": {
                "apiId": "api1",
                "requestId": named,
                "requestTimeEpoch": self.world.clock.now(),
                "identity": {"sourceIp": "192.0.2.1"},
            },
            "body": base64.b64encode(ask.body).decode() if ask.body else None,
            "isBase64Encoded": bool(ask.body),
        }


@cache
def _signer() -> ECKey:
    """One for all stages of a process: what is recorded at one is sent to another."""
    return ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256"})


ABSENT = "k" + "a" * 26  # an id that no job has


class OpenDoor(JobReader):
    """The seeded bug: whoever knows a job's id sees the job."""

    def read(self, job_id: str, *, caller: Caller) -> JobWithRequest:
        found = self.store.find(job_id)
        known = found and found.job.viewer_hash is None and replace(caller, owner=found.job.owner)
        return super().read(job_id, caller=known or caller)


def opened(world: World, *, anonymous: bool = False) -> Gateway:
    """The doors over a world, with the seeded bug where it is asked for."""
    if sabotaged():
        world.status = OpenDoor(store=world.store, assets=world.assets, clock=world.clock)
    return Gateway(world, anonymous=anonymous)


def door_of(ask: Ask) -> ModuleType | None:
    """The door that a request is led to."""
    return next((module for module in DOORS if _is_at(module, ask)), None)


def _is_at(module: ModuleType, ask: Ask) -> bool:
    """Whether a path is this door's, whatever the method: the gateway leads each path to one door."""
    path = urlsplit(ask.path).path
    return any(route.path_regex.match(path) for route in _routes(module))


def _routes(module: ModuleType) -> list[Route]:
    return [route for route in module.app.routes if isinstance(route, Route) and route.methods]


def routes() -> Iterator[tuple[str, str, bool]]:
    """Every route of every door: method, path, and whether anyone may come."""
    for module in DOORS:
        for route in _routes(module):
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield method, route.path.replace(":int}", "}").replace(":path}", "}"), module.door.open_to_all


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def posted(fields: Any, **headers: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of a JSON request."""
    return {"Content-Type": "application/json", **headers}, json.dumps(fields).encode()
