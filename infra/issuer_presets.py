"""Issuers by the name of their product: the few fields an operator knows become all that a token is checked by."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra import stage_errors

HOST = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"
BARE = "a bare domain such as shop.eu.auth0.com, without https:// and without a slash"
Audience = str | tuple[str, ...]
Json = dict[str, Any]


class _Preset(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cognito(_Preset):
    """A user pool: its access tokens have no `aud`, but `client_id`."""

    pool_id: str = Field(
        pattern=r"^[a-z]{2}(-[a-z]+)+-\d_[A-Za-z0-9]+$", description="a pool's id such as eu-central-1_EXAMPLE"
    )
    client_id: str
    domain: str | None = Field(
        default=None, pattern=HOST, description=BARE
    )  # of its sign-in pages; left out: the page offers none

    def fields(self) -> Json:
        """The issuer's fields."""
        region = self.pool_id.partition("_")[0]
        issuer = f"https://cognito-idp.{region}.amazonaws.com/{self.pool_id}"
        return {
            **_of(issuer, f"{issuer}/.well-known/jwks.json", self.client_id, "RS256"),
            "audience_claim": "client_id",
            "token_use": "access",
            "sign_in": self.domain and cognito_sign_in(self.domain, self.client_id),
        }


class Auth0(_Preset):
    """A tenant with an API, whose identifier is the audience."""

    domain: str = Field(pattern=HOST, description=BARE)
    audience: str
    client_id: str | None = None  # of a single-page application; left out: the page offers no sign-in

    def fields(self) -> Json:
        """The issuer's fields."""
        url = f"https://{self.domain}"
        return {
            **_of(f"{url}/", f"{url}/.well-known/jwks.json", self.audience, "RS256"),
            "sign_in": self.client_id
            and {
                "client_id": self.client_id,
                "authorize_url": f"{url}/authorize",
                "token_url": f"{url}/oauth/token",
                "parameters": {"audience": self.audience},
            },
        }


class Clerk(_Preset):
    """An instance by its Frontend API; a session token names the origin of the site that asked for it as `azp`."""

    domain: str = Field(pattern=HOST, description=BARE)
    origins: tuple[str, ...] = Field(min_length=1)

    def fields(self) -> Json:
        """The issuer's fields."""
        url = f"https://{self.domain}"
        return {**_of(url, f"{url}/.well-known/jwks.json", self.origins, "RS256"), "audience_claim": "azp"}


class Supabase(_Preset):
    """A project with asymmetric signing keys; the older shared secret is not accepted, nor could it be."""

    project: str = Field(pattern=r"^[a-z0-9]+$", description="the project's id, of small letters and digits")
    client_id: str | None = None  # of its OAuth server; left out: the page offers no sign-in

    def fields(self) -> Json:
        """The issuer's fields."""
        url = f"https://{self.project}.supabase.co/auth/v1"
        return {
            **_of(url, f"{url}/.well-known/jwks.json", "authenticated", "ES256", "RS256", "EdDSA"),
            "sign_in": self.client_id and _by_discovery(self.client_id),
        }


class BetterAuth(_Preset):
    """A server with the JWT plugin, whose issuer and audience are its base address."""

    url: str = Field(
        pattern=r"^https://[^/\s]+$", description="an address such as https://shop.example, without a path"
    )
    base_path: str = Field(default="/api/auth", pattern=r"^(/[\w.-]+)*$", description="a path such as /api/auth")
    audience: Audience | None = None  # left out: the base address

    def fields(self) -> Json:
        """The issuer's fields."""
        jwks = f"{self.url}{self.base_path}/jwks"
        return _of(self.url, jwks, self.audience or self.url, "EdDSA", "ES256", "RS256")


PRESETS: Mapping[str, type[Cognito | Auth0 | Clerk | Supabase | BetterAuth]] = {
    "cognito": Cognito,
    "auth0": Auth0,
    "clerk": Clerk,
    "supabase": Supabase,
    "better_auth": BetterAuth,
}


def expanded(written: Any) -> Any:
    """An issuer as the stage file has it, its preset filled in; what it says besides stands."""
    if not isinstance(written, dict) or "preset" not in written:
        return written
    name = written["preset"]
    if name not in PRESETS:
        raise ValueError(f"preset: there is none called {name!r}; there are {', '.join(PRESETS)}")
    own = {key: value for key, value in written.items() if key not in {"preset", "name", "sign_in"}}
    try:
        made: Json = PRESETS[name](**own).fields()
    except ValidationError as error:
        said = stage_errors.told(PRESETS[name], error.errors())
        wrong = "; ".join(f"{'.'.join(map(str, place))}: {what}" for place, what in said)
        raise ValueError(f"preset {name}: {wrong}") from error
    kept = {key: written[key] for key in ("name", "sign_in") if key in written}
    return {**{key: value for key, value in made.items() if value is not None}, **kept}


def cognito_sign_in(domain: str, client_id: str) -> Json:
    """How the page signs people in at a user pool's own pages."""
    return {
        "client_id": client_id,
        "authorize_url": f"https://{domain}/oauth2/authorize",
        "token_url": f"https://{domain}/oauth2/token",
    }


def _of(issuer: str, jwks_url: str, audience: Audience, *algorithms: str) -> Json:
    return {"issuer": issuer, "jwks_url": jwks_url, "audience": audience, "algorithms": algorithms}


def _by_discovery(client_id: str) -> Json:
    return {"client_id": client_id}
