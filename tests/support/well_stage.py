"""A stage of which everything is well, as the doctor reads it: a test says what is wrong by changing one fact."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from easel.catalog import planning
from easel.moderation import policy as moderation_policy
from infra import stages
from infra.function_names import NAMES
from infra.stages import Stage
from ops.doctor.facts import (
    Alarms,
    Answer,
    Bootstraps,
    Calls,
    Concurrency,
    Deployment,
    Identity,
    ProviderSite,
    Today,
    Tools,
    Web,
    Work,
)

ACCOUNT, REGION = "123456789012", "eu-central-1"
ISSUER_KEYS = {"keys": [{"kty": "RSA"}]}
LISTED = {"data": [{"id": "gpt-image-2"}]}
MODERATION = {"openai": True}


def a_stage(**changes: Any) -> Stage:
    """A stage as an operator who left nothing out has it; `policy` and `clocks` change fields of those."""
    told = stages.load("prod")
    policy = {"buy_url": "https://shop.example/credits", "contact": "ops@example.com", **changes.pop("policy", {})}
    clocks = changes.pop("clocks", {})
    plain = {"account": ACCOUNT, "region": REGION, "alarm_email": "ops@example.com", "moderation": MODERATION}
    amended = {
        "policy": told.policy.model_copy(update={"margin_percent": 60, **policy}),
        "clocks": told.clocks.model_copy(update=clocks),
    }
    return told.model_copy(update={**plain, **amended, **changes})


def facts_of(stage: Stage | None = None) -> dict[str, Any]:
    """Everything that the checks want to read, and all of it is well."""
    stage = stage or a_stage()
    told = {"POLICY": stage.policy.model_dump_json(exclude_none=True), "CLOCKS": stage.clocks.model_dump_json()}
    key = {"openai": ProviderSite("https://api.openai.com/v1/models", Answer(200, LISTED))}
    return {
        "stage": stage,
        "catalog": planning.load(),
        "today": Today(date(2026, 8, 1)),
        "tools": Tools((3, 12), "v24.1.0", "2.1130.0", "2.1130.0", 0),
        "templates": [{"Resources": {}}],
        "moderation": moderation_policy.load(MODERATION),
        "identity": Identity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/olga", REGION, 0.3),
        "bootstraps": Bootstraps({REGION: 21}),
        "concurrency": Concurrency(quota=1000, unreserved=1000),
        "gateway_seconds": 29.0,
        "deployment": Deployment("UPDATE_COMPLETE", {n: f"arn:{n}" for n in NAMES}, dict.fromkeys(NAMES, told)),
        "web": Web("https://images.example", {path: Answer(200) for path in ("/healthz", "/", "/docs")}),
        "alarms": Alarms({"easel-prod-JobStuck": ("arn:aws:sns:x",)}, confirmed=1, pending=0),
        "work": Work(reconciled_ago=20_000),
        "wrong_ledgers": [],
        "calls": Calls({"gpt-image-2": (8_000,) * 20}),
        "provider_sites": {"openai": ProviderSite("https://api.openai.com/v1/models", Answer(401))},
        "deployed_providers": ["openai"],
        "provider_keys": {"openai": "sk-proj-abc"},
        "asked_providers": key,
        "picture": Answer(200, {"data": [{}]}),
        "deployed_moderation": moderation_policy.load(MODERATION),
        "moderated": Answer(200, {"results": []}),
        "jwks": {"main": (("client",), Answer(200, ISSUER_KEYS))},
    }


def reading(facts: dict[str, Any]) -> Callable[[str], Any]:
    """A reader of these facts; one that is an exception is raised."""

    def read(name: str) -> Any:
        if isinstance(facts[name], Exception):
            raise facts[name]
        return facts[name]

    return read


def changed(facts: dict[str, Any], name: str, **fields: Any) -> dict[str, Any]:
    """The same facts, but for fields of one of them."""
    return {**facts, name: replace(facts[name], **fields)}
