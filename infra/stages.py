"""The stages of `stages.toml` as typed values: read once, checked whole, refused with the field's name."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from easel.catalog import planning
from easel.catalog.model import Catalog
from easel.moderation import policy as moderation_policy
from easel.policy import Clocks, Policy
from easel.settings import Issuer, ProviderSettings
from infra import issuer_presets, stage_errors, stage_rules
from infra.stage_tables import Edge, Gateway, Retention

FILE = Path(__file__).with_name("stages.toml")
SITE_KEY = re.compile(r"[0-9A-Za-z_-]{10,30}")  # Cloudflare's have 24 characters, and its secret keys 35
RESERVE_FROM = 300  # a smaller account cannot give concurrency away: the deployment would roll back
MERGED = (
    "policy",
    "clocks",
    "retention",
    "gateway",
    "moderation",
)  # tables that a stage amends; everything else it replaces
FROM_CONTEXT = ("public_url", "providers", "issuers", "moderation", "settings_of")
SETTINGS = ("policy", "clocks", "gateway", "account_concurrency")  # what an emulated stage takes of another to try it


class StageError(Exception):
    """The stage file or a value given for it cannot be used; the message names the stage, the field and the remedy."""


class Stage(BaseModel):
    """One deployment of Easel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    platform: Literal["lambda", "emulator"] = "lambda"
    account: str | None = Field(default=None, pattern=r"^\d{12}$", description="the account's twelve digits, in quotes")
    region: str | None = Field(
        default=None, pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="a region such as eu-central-1"
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+[^/\s]$",
        description="an address such as https://images.example.com, without a slash at its end",
    )
    account_concurrency: int = Field(default=10, ge=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    alarm_email: str | None = Field(
        default=None, pattern=r"^[^@\s]+@[^@\s]+$", description="one mail address such as ops@example.com"
    )
    cors_origins: tuple[str, ...] = ()
    providers: dict[str, ProviderSettings]
    issuers: tuple[Issuer, ...] = ()
    policy: Policy = Policy()
    clocks: Clocks = Clocks()
    retention: Retention = Retention()
    gateway: Gateway = Gateway()
    edge: Edge | None = None
    turnstile: str | None = None
    threat_protection: bool = True
    moderation: dict[str, Any] = {}

    @property
    def emulated(self) -> bool:
        """On this machine, where some services do not exist."""
        return self.platform == "emulator"

    @property
    def waiting_seats(self) -> int:
        """How many requests may wait in the doors at once: a fifth of what the account can run."""
        return max(1, self.account_concurrency // 5)

    @property
    def watching_seats(self) -> int:
        """How many long polls may wait at once: a tenth, so that polling takes no seat from who waits for a picture."""
        return max(1, self.account_concurrency // 10)

    @property
    def worker_seats(self) -> int:
        """How many attempts may run at once: six tenths; 0 where Lambda sets concurrency aside for them."""
        return 0 if self.reserved(tenths=4) else max(1, self.account_concurrency * 6 // 10)

    @property
    def posts_at_once(self) -> int:
        """How many requests to owners' servers one run waits for: a fifth of what the account can run, at most 16.

        Servers that never answer would otherwise take every function's place for ten seconds each.
        """
        return max(1, min(16, self.account_concurrency // 5))

    @property
    def challenge(self) -> str:
        """The site key of the challenge on the page; "" where there is none, or no anonymous caller to solve it."""
        return self.turnstile if self.turnstile and self.policy.anonymous else ""

    def reserved(self, tenths: int) -> int | None:
        """That many tenths of the account's concurrency, where it is large enough to set some aside."""
        return self.account_concurrency * tenths // 10 if self.account_concurrency >= RESERVE_FROM else None

    @field_validator("issuers", mode="before")
    @classmethod
    def _presets(cls, issuers: Any) -> Any:
        return [issuer_presets.expanded(issuer) for issuer in issuers] if isinstance(issuers, list | tuple) else issuers

    @field_validator("turnstile", mode="before")
    @classmethod
    def _site_key(cls, key: Any) -> Any:
        if key is not None and not (isinstance(key, str) and SITE_KEY.fullmatch(key)):
            raise ValueError(
                "name the widget's public site key, of 24 letters and digits; its secret key belongs "
                "into the stack's Turnstile secret"
            )
        return key

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            scheme, _, host = origin.partition("://")
            if scheme not in ("http", "https") or not host or set(host) & set("/*?#' "):
                raise ValueError(f"{origin!r} is not an origin; write it as https://www.example.com, without a path")
        return origins

    @field_validator("moderation")
    @classmethod
    def _known(cls, changes: dict[str, Any]) -> dict[str, Any]:
        try:
            moderation_policy.load(changes)
        except ValidationError as exc:
            raise ValueError(stage_errors.said(stage_errors.told(moderation_policy.Moderation, exc.errors()))) from exc
        return changes

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        clocks = self.clocks
        if self.edge and (self.emulated or not self.account or not self.region):
            raise ValueError("edge: needs `account` and `region`, and an account of AWS: its parts are in us-east-1")
        if self.edge and self.public_url != f"https://{self.edge.domain}":
            raise ValueError(f"public_url: with an edge it is https://{self.edge.domain}")
        if not self.emulated and any(provider.loopback for provider in self.providers.values()):
            raise ValueError("providers: loopback is for stand-ins on this machine, never for a deployed stage")
        if not self.emulated and (self.public_url or "").startswith("http://"):
            raise ValueError("public_url: must be https; only an emulated stage is reached over plain http")
        if len({issuer.name for issuer in self.issuers}) < len(self.issuers):
            raise ValueError("issuers: two have one name, and so their people would share accounts; rename one")
        if len({issuer.issuer for issuer in self.issuers}) < len(self.issuers):
            raise ValueError("issuers: two have one `issuer`; a token could be of either: merge them into one")
        if not self.providers:
            raise ValueError("providers: name at least one, such as [prod.providers.openai]")
        if not clocks.call_max + clocks.slack < clocks.lease <= clocks.deadline:
            raise ValueError("clocks: call_max + slack < lease <= deadline must hold, or a call outlives its lease")
        if not clocks.call_min + clocks.finish < clocks.deadline:
            raise ValueError("clocks: call_min + finish must be less than deadline, or no call is ever begun")
        if not clocks.ticket + clocks.call_min + clocks.finish < clocks.deadline:
            raise ValueError("clocks: ticket + call_min + finish must be under deadline, or a slow queue is the end")
        return self


def names(file: Path = FILE) -> tuple[str, ...]:
    """Every stage the file describes. Raises StageError."""
    return tuple(_read(file))


def load(name: str, *, context: Mapping[str, str] | None = None, file: Path = FILE) -> Stage:
    """One stage, with what the command line adds to an emulated one; raises StageError."""
    written = _read(file)
    raw = _table(written, name, file)
    given = {key: value for key, value in (context or {}).items() if value is not None}
    if given and raw.get("platform") != "emulator":
        raise StageError(
            f"{', '.join(given)}: given by -c, but stage {name!r} is not emulated; write it into {file.name}"
        )
    if other := given.pop("settings_of", None):
        settings = _table(written, other, file)
        raw = {key: value for key, value in raw.items() if key not in SETTINGS}
        raw |= {key: settings[key] for key in SETTINGS if key in settings}
    catalog = _catalog()
    try:
        stage = Stage.model_validate({**raw, **{key: _value(key, text) for key, text in given.items()}, "name": name})
        wrong = list(
            stage_rules.problems(
                {"policy": stage.policy, "clocks": stage.clocks}, stage.providers, stage.policy, catalog
            )
        )
    except ValidationError as exc:
        wrong = list(stage_errors.told(Stage, exc.errors()))
    if wrong:
        based_on = [name, *filter(None, [written[name].get("based_on")])]
        where = {place: stage_errors.line_of(file.read_text(), based_on, place) for place, _ in wrong}
        raise StageError(f"{file.name}, stage {name!r}: {stage_errors.said(wrong, where)}")
    return stage


def _catalog() -> Catalog:
    try:
        catalog = planning.load()
        wrong = list(stage_rules.wrong_prices(catalog))
    except ValidationError as exc:
        wrong = list(stage_errors.told(Catalog, exc.errors()))
    if wrong:
        raise StageError(f"catalog.toml or features.toml: {stage_errors.said(wrong)}")
    return catalog


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except tomllib.TOMLDecodeError as exc:
        raise StageError(f"{file.name} is not TOML: {exc}") from exc


def _table(stages: Mapping[str, Any], name: str, file: Path) -> dict[str, Any]:
    if name not in stages:
        raise StageError(f"{file.name} has no stage {name!r}; it has {', '.join(stages)}: choose one with -c stage=…")
    own = dict(stages[name])
    base_name = own.pop("based_on", None)
    if base_name is None:
        return own
    if base_name not in stages or "based_on" in stages[base_name]:
        raise StageError(f"{file.name}, stage {name!r}: based_on must name a stage that is itself based on none")
    # Not inherited: each of two stages would set aside its share of the whole account, and the second could not deploy.
    base = {key: value for key, value in stages[base_name].items() if key != "account_concurrency"}
    return {**base, **own, **{key: {**base.get(key, {}), **own[key]} for key in MERGED if key in own}}


def _value(key: str, text: str) -> Any:
    if key not in FROM_CONTEXT:
        raise StageError(f"{key}: not a value that -c may set; it may set {', '.join(FROM_CONTEXT)}")
    if key == "public_url":
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as exc:
        raise StageError(f"-c {key}=…: expected JSON ({exc})") from exc
