"""Requests, stages and moments for planning, with everything a test does not care about left unsaid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from easel.catalog import planning
from easel.catalog.plan import Plan
from easel.policy import Policy
from easel.settings import ProviderSettings

NOTE = "stand-in: no OPENAI_API_KEY"
BOTH = {
    "openai": ProviderSettings(note=NOTE),
    "openai_compatible": ProviderSettings(base_url="http://127.0.0.1:1/v1", model="sketch"),
}


@dataclass(frozen=True)
class AnAsk:
    prompt: str = "A lighthouse at dusk"
    mode: str | None = None
    model_id: str | None = None
    provider: str | None = None
    fallback: bool | None = None
    feature_id: str | None = None
    aspect_ratio: str | None = None
    size: str | None = None
    resolution: str | None = None
    quality: str | None = None
    n: int | None = None
    output_format: str | None = None
    output_compression: int | None = None
    background: str | None = None
    references: Sequence[Any] | None = None
    mask: Any = None
    markup: Any = None
    previews: int = 0
    priority: str | None = None


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


NOW = at("2026-11-20T12:00:00")


def planned(*, providers: Any = None, policy: Policy | None = None, now: int = NOW, **asked: Any) -> Plan:
    return planning.plan(
        AnAsk(**asked),
        catalog=planning.load(),
        providers=BOTH if providers is None else providers,
        policy=policy or Policy(),
        now=now,
    )
