"""The authenticator with everything around it in the test's hands, and tokens good and bad."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from easel.identity.api_keys import ApiKey, digest
from easel.identity.authentication import Authenticated, Authenticator, Credentials
from easel.identity.jwks import KeySets
from easel.identity.session_cookie import Sessions
from easel.identity.tokens import Tokens
from easel.outbound.http import Unreachable
from easel.settings import Issuer
from tests.support.fakes import NOON, FakeClock

SITE = "https://app.example"


OURS = "https://images.example"


ISSUER = Issuer(name="accounts", issuer="https://id.example/", jwks_url="https://id.example/keys", audience=("easel",))


COGNITO = Issuer(
    name="pool",
    issuer="https://cognito.example/pool",
    jwks_url="https://cognito.example/keys",
    audience=("client1",),
    audience_claim="client_id",
    token_use="access",
)


RSA = RSAKey.generate_key(2048, {"kid": "rsa1", "alg": "RS256", "use": "sig"})


EC = ECKey.generate_key("P-256", {"kid": "ec1", "use": "sig"})


ED = OKPKey.generate_key("Ed25519", {"kid": "ed1"})


SAME = RSAKey.import_key(RSA.as_pem(private=True))  # without a word on what it is for


FOREIGN = RSAKey.generate_key(2048, {"kid": "rsa1"})


SECRET = "S" * 40


@dataclass
class Publisher:
    """Where issuers publish their keys; counts who looks."""

    keys: list[Any] = field(default_factory=lambda: [RSA, EC, ED])
    content: bytes | None = None
    down: bool = False
    fetched: int = 0

    def __call__(self, url: str) -> bytes:
        self.fetched += 1
        if self.down:
            raise Unreachable(url)
        return self.content or json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()


@dataclass
class KeyTable:
    """API keys in memory."""

    keys: dict[str, ApiKey] = field(default_factory=dict)
    down: bool = False

    def get(self, key_id: str) -> ApiKey | None:
        if self.down:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "GetItem")
        return self.keys.get(key_id)


@dataclass
class Desk:
    """An identity with everything around it in the test's hands."""

    clock: FakeClock = field(default_factory=FakeClock)
    publisher: Publisher = field(default_factory=Publisher)
    table: KeyTable = field(default_factory=KeyTable)
    anonymous_scopes: frozenset[str] = frozenset({"read"})

    def __post_init__(self) -> None:
        self.key_sets = KeySets(fetch=self.publisher, clock=self.clock)
        tokens = Tokens(issuers=(ISSUER, COGNITO), keys=self.key_sets, clock=self.clock)
        self.identity = Authenticator(
            tokens=tokens,
            keys=self.table,
            sessions=Sessions("https://images.example/live", (SITE,)),
            clock=self.clock,
            anonymous_scopes=self.anonymous_scopes,
        )

    def find(self, authorization: str | None) -> Authenticated:
        return self.identity(Credentials(authorization=authorization))

    def cookie(self, token: str, method: str = "GET", **browser: str) -> Authenticated:
        return self.identity(Credentials(cookies=[f"theme=dark; __Host-easel={token}"], method=method, **browser))

    def bearer(self, token: str) -> Authenticated:
        return self.find(f"Bearer {token}")


def claims(**changes: Any) -> dict[str, Any]:
    now = NOON // 1000
    said = {"iss": ISSUER.issuer, "aud": "easel", "sub": "ann", "iat": now, "nbf": now, "exp": now + 300, **changes}
    return {name: value for name, value in said.items() if value is not None}


def token(key: Any = RSA, header: dict[str, Any] | None = None, **changes: Any) -> str:
    head = {"alg": "RS256", "kid": "rsa1", "typ": "JWT", **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=list(jws.JWSRegistry.algorithms), strict_check_header=False)
    return jws.serialize_compact(head, json.dumps(claims(**changes)), key, registry=registry)


def forged(header: dict[str, Any] | str, payload: dict[str, Any] | str, signature: bytes = b"x") -> str:
    def part(value: Any) -> str:
        text = value if isinstance(value, str) else json.dumps(value)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    return f"{part(header)}.{part(payload)}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def signed_with_the_public_key() -> str:
    unsigned = forged({"alg": "HS256", "kid": "rsa1"}, claims()).rpartition(".")[0]
    mac = hmac.new(RSA.as_pem(private=False), unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


NOW = NOON // 1000


def a_key(**changes: Any) -> ApiKey:
    fields = {"id": "k2345678", "account": "shop", "scopes": ("generate", "grant"), "hash": digest(SECRET)}
    return ApiKey(**{**fields, "created_at": NOON, **changes})
