"""What each function is told by its environment: one model per function, read on first use, never at import.

A variable is the upper-case name of the field; structured ones hold JSON. `infra` fills exactly these, and a test
holds the two together.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from easel.policy import Clocks, Policy


class ProviderSettings(BaseModel):
    """Where one provider is reached; its key is in the providers' secret under the same name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str | None = None  # None: the SDK's own
    model: str | None = None  # the upstream model of a provider that serves whatever it was set up with
    serves: tuple[str, ...] | None = None  # models of the catalog it serves here; None: all it offers
    api_version: str | None = None  # Azure's and Gemini's; None: the one this release was written for
    region: str | None = None  # Amazon Bedrock's; None: the function's own
    loopback: bool = False  # results may lie on this machine: for stand-ins, never in the cloud
    images_per_minute: int | None = None  # what the provider allows this account; None: not counted
    burst: int | None = None  # how many of a minute's images may be asked for at once; None: half
    note: str | None = None  # added to every answer's warnings, such as the local stand-in's


class SignIn(BaseModel):
    """How the page signs people in at an issuer: the authorization code flow with PKCE, as a public client."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str
    authorize_url: str | None = None  # None: the page asks the issuer's own discovery document
    token_url: str | None = None
    scope: str = "openid"
    parameters: dict[str, str] = {}  # of the authorization request, such as Auth0's audience
    token: Literal["access_token", "id_token"] = "access_token"  # noqa: S105 - which of the two is sent here


# By key pairs only: whoever can check a signature must not be able to make one.
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]


class Issuer(BaseModel):
    """An identity provider whose tokens are accepted; `name` is the middle of `user:<name>:<sub>`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    issuer: str
    jwks_url: str
    audience: tuple[str, ...] = Field(min_length=1)  # one of these
    audience_claim: str = "aud"
    token_use: str | None = None
    algorithms: tuple[Algorithm, ...] = ("RS256", "ES256", "EdDSA")
    sign_in: SignIn | None = None

    @field_validator("audience", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Settings(BaseModel):
    """Read a function's environment into its model; a missing or wrong variable is named."""

    model_config = ConfigDict(frozen=True)

    stage: str

    @field_validator("*", mode="before")
    @classmethod
    def _json(cls, value: Any, info: Any) -> Any:
        annotation = cls.model_fields[info.field_name].annotation
        return json.loads(value) if isinstance(value, str) and annotation is not str else value

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """The settings of this process; raises pydantic's ValidationError naming what is missing."""
        source = os.environ if environ is None else environ
        return cls.model_validate({name: source[name.upper()] for name in cls.model_fields if name.upper() in source})


class NeedsJobs(Settings):
    """Reads or moves jobs."""

    jobs_table: str
    clocks: Clocks = Clocks()


class NeedsBucket(Settings):
    """Reads or writes the asset bucket."""

    assets_bucket: str


class NeedsCredits(Settings):
    """Reads or moves credits."""

    credits_table: str
    policy: Policy = Policy()


class NeedsDoors(Settings):
    """Answers the web; `api_id` tells our gateway's events from others', `signing_secret` names the secret."""

    api_id: str
    public_url: str
    signing_secret: str
    cors_origins: tuple[str, ...] = ()  # sites of other origins whose pages may read the answers
    edge_secret: str = ""  # names what the edge proves itself with; "": callers come to the gateway itself


class NeedsProviders(Settings):
    """Plans requests: which providers this stage has."""

    providers: dict[str, ProviderSettings]


class NeedsModeration(Settings):
    """Asks moderation: what the stage changes of `moderation.toml`, and the secret of its key where one is needed."""

    moderation: dict[str, Any] = {}
    moderation_secret: str = ""


class NeedsDeliver(Settings):
    """Has webhooks delivered at once."""

    deliver_function: str


class SubmissionSettings(NeedsJobs, NeedsCredits, NeedsBucket, NeedsDoors, NeedsProviders, NeedsModeration):
    """What every door that starts jobs is told."""

    limits_table: str
    state_machine_arn: str
    waiting_seats: int  # how many requests may wait in the doors at once


class StartSettings(SubmissionSettings, NeedsDeliver):
    """start: jobs, cancel, webhooks, and the commands that start."""


class GenerateSettings(SubmissionSettings):
    """generate: a start that waits, and hands back the bytes."""

    turnstile_secret: str = ""  # names Cloudflare's key; "": anonymous callers are not asked for a challenge


class OpenaiSettings(SubmissionSettings):
    """openai: the same jobs, in OpenAI's words."""


class StatusSettings(NeedsJobs, NeedsCredits, NeedsBucket, NeedsDoors):
    """status: everything that only reads, and the seats of those who wait for a change."""

    limits_table: str
    watching_seats: int  # how many long polls may wait at once


class SessionSettings(NeedsDoors):
    """session: the cookie that keeps a person signed in."""


class CreditsSettings(NeedsJobs, NeedsCredits, NeedsDoors):
    """credits: the commands that move money."""


class MetaSettings(NeedsDoors, NeedsProviders):
    """meta: models, features, documentation, the page, health."""

    issuers: tuple[Issuer, ...] = ()
    moderation: dict[str, Any] = {}  # whether previews are shown
    policy: Policy = Policy()
    turnstile_site_key: str = ""  # of the challenge that anonymous callers solve on the page; "": none


class AuthorizeSettings(Settings):
    """authorize: who is asking."""

    keys_table: str
    issuers: tuple[Issuer, ...]
    policy: Policy = Policy()
    signing_secret: str
    public_url: str
    cors_origins: tuple[str, ...] = ()


class PrepareSettings(NeedsJobs, NeedsBucket):
    """prepare: references to images a provider may see."""

    fetch_function: str


class FetchSettings(NeedsBucket):
    """fetch: the bytes of others' servers, unread."""


class AttemptSettings(NeedsJobs, NeedsBucket, NeedsProviders, NeedsModeration):
    """attempt: one turn of one provider."""

    limits_table: str
    providers_secret: str
    signing_secret: str
    worker_seats: int  # how many attempts may run at once; 0: Lambda's reserved concurrency is the bound
    policy: Policy = Policy()


class SettleSettings(NeedsJobs, NeedsBucket, NeedsCredits, NeedsDeliver):
    """settle: charge or give back."""

    limits_table: str


class ReconcileSettings(SettleSettings):
    """reconcile: finish what stopped moving."""

    state_machine_arn: str


class DeliverSettings(NeedsJobs):
    """deliver: what ended is told to owners' servers, and to the bus."""

    public_url: str
    post_function: str
    posts_at_once: int  # how many requests one run waits for side by side
    event_bus: str
    webhooks_secret: str  # names the master of which every endpoint's secret is derived
