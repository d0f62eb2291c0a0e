"""What names and numbers of a stage must come to, beyond their form: who would only fail at a request fails here. Pure.

A misspelt model or a price of nothing deploys like any other; every request then ends in an error that tells its caller
to try again.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from easel.catalog.model import Catalog
from easel.policy import Policy
from easel.providers.registry import ADAPTERS
from easel.settings import ProviderSettings
from infra.stage_errors import Place, Problem, nearest

# The least that a number of these tables may be, where that is not 0.
AT_LEAST = {
    "policy": {
        "credit_micros": 1,
        "jobs_in_flight": 1,
        "service_jobs_in_flight": 1,
        "owner_daily_credits": 1,
        "address_per_minute": 1,
        "owner_per_minute": 1,
        "service_per_minute": 1,
        "owner_uploads_per_hour": 1,
        "service_uploads_per_hour": 1,
    },
    "clocks": {},
}
NEEDED = {  # what a provider cannot be asked without
    "azure_openai": {"base_url": "https://my-resource.openai.azure.com", "model": "my-deployment"},
    "openai_compatible": {"base_url": "https://images.example.net/v1", "model": "its-model-name"},
}
SOLD = {"dollars", "image_out"}  # what an image costs by itself
REACHED = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|https://[^\s/]+\S*")
ADDRESS = re.compile(r"https?://[^\s/]+\S*")


def problems(
    tables: Mapping[str, BaseModel], providers: Mapping[str, ProviderSettings], policy: Policy, catalog: Catalog
) -> Iterator[Problem]:
    """Everything that would deploy and fail later; `tables` are those of the stage that hold numbers, by name."""
    for name, table in tables.items():
        yield from _numbers(name, table.model_dump(), AT_LEAST.get(name, {}))
    yield from _policy(policy)
    for name, settings in providers.items():
        yield from _provider(name, settings, catalog)
    if all(name in ADAPTERS for name in providers):
        yield from _defaults(policy, providers, catalog)


def wrong_prices(catalog: Catalog) -> Iterator[Problem]:
    """What the catalog sells for nothing or less."""
    for place, value in _figures(catalog.model_dump(), ()):
        if value < 0 or (value == 0 and SOLD & set(place)):
            yield place, f"{value} is too little: it would be sold at a loss"


def _figures(found: Any, place: Place) -> Iterator[tuple[Place, int | Decimal]]:
    """Every number in it, with its place."""
    if isinstance(found, Mapping):
        for name, value in found.items():
            yield from _figures(value, (*place, name))
    elif isinstance(found, tuple | list):
        for at, value in enumerate(found):
            yield from _figures(value, (*place, at))
    elif isinstance(found, int | Decimal) and not isinstance(found, bool):
        yield place, found


def _numbers(table: str, values: Mapping[str, Any], lowest: Mapping[str, int]) -> Iterator[Problem]:
    for name, value in values.items():
        least = lowest.get(name, 0)
        if isinstance(value, int | float) and value < least:
            yield (table, name), f"{value} is too little; the least is {least}"


def _policy(policy: Policy) -> Iterator[Problem]:
    if policy.free_cap_micros > policy.daily_cap_micros:
        much = f"{policy.free_cap_micros} is part of daily_cap_micros, which is {policy.daily_cap_micros}"
        yield ("policy", "free_cap_micros"), f"{much}: write at most that"
    if policy.contact is not None and not REACHED.fullmatch(policy.contact):
        yield ("policy", "contact"), f"{policy.contact!r}: write one mail address, or one that begins with https://"
    if policy.buy_url is not None and not ADDRESS.fullmatch(policy.buy_url):
        yield ("policy", "buy_url"), f"{policy.buy_url!r}: write an address such as https://www.example.com/credits"


def _provider(name: str, settings: ProviderSettings, catalog: Catalog) -> Iterator[Problem]:
    place: Place = ("providers", name)
    if name not in ADAPTERS:
        yield place, f"no such provider; {nearest(name, ADAPTERS)}"
        return
    missing = [field for field in NEEDED.get(name, {}) if getattr(settings, field) is None]
    for field in missing:
        yield (*place, field), f'{name} cannot be asked without it; write {field} = "{NEEDED[name][field]}"'
    if settings.base_url is not None and not ADDRESS.fullmatch(settings.base_url):
        yield (*place, "base_url"), f"{settings.base_url!r}: write an address that begins with https://"
    for field in ("images_per_minute", "burst"):
        if (value := getattr(settings, field)) is not None and value < 1:
            yield (*place, field), f"{value} is too little; the least is 1; left out: not counted"
    offered = {
        model for model in catalog.models if any(offer.provider == name for offer in catalog.models[model].offers)
    }
    for model in settings.serves or ():
        if model not in offered:
            yield (*place, "serves"), f"{name} has no model {model!r} in the catalog; {nearest(model, offered)}"
    if not missing and not settings.serves and not any(catalog.offers(m, {name: settings}) for m in offered):
        yield (*place, "model"), f"{settings.model!r} is none of the catalog's: name in `serves` what it is"


def _defaults(policy: Policy, providers: Mapping[str, ProviderSettings], catalog: Catalog) -> Iterator[Problem]:
    served = [model for model in catalog.models if catalog.offers(model, providers)]
    name = policy.default_model
    if name not in catalog.models:
        yield ("policy", "default_model"), f"the catalog has no model {name!r}; {nearest(name, served)}"
    elif (living := _living(name, catalog)) not in served:
        who = f"{name!r}, served by {living!r}," if living != name else f"{name!r}"
        what = f"{who} is served by none of this stage's providers"
        yield ("policy", "default_model"), f"{what}; they serve {', '.join(served) or 'no model'}"
    if policy.default_provider is not None and policy.default_provider not in providers:
        hint = nearest(policy.default_provider, providers)
        yield ("policy", "default_provider"), f"{policy.default_provider!r} is no provider of this stage; {hint}"


def _living(name: str, catalog: Catalog) -> str:
    now = int(datetime.now(UTC).timestamp() * 1000)
    while not (model := catalog.models[name]).alive(now) and model.replacement:
        name = model.replacement
    return name
