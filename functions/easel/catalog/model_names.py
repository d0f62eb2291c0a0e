"""Which model a request means: its own name, a feature's or the stage's, followed by the clock to one that lives."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from easel.catalog.model import Catalog, Feature
from easel.catalog.plan import Mode
from easel.errors import UnknownModel, invalid
from easel.policy import Policy
from easel.settings import ProviderSettings

SUFFIXES: dict[str, Mode] = {"-t2i": "text_to_image", "-i2i": "image_to_image"}


@dataclass(frozen=True)
class ResolvedModel:
    """Which model a request means: its name in the catalog, the name that was sent, the mode the name implies."""

    model_id: str
    requested: str
    mode: Mode | None
    warnings: tuple[str, ...]


def resolve_model(
    model_name: str | None,
    provider: str | None,
    feature: Feature | None,
    *,
    catalog: Catalog,
    providers: Mapping[str, ProviderSettings],
    policy: Policy,
    now: int,
) -> ResolvedModel:
    """The model that a request names, or means where it names none.

    Raises UnknownModel, and InvalidRequest for a provider that does not serve it.
    """
    if model_name is None:
        model_id = (feature and feature.model_id) or policy.default_model
        preferred = provider or (None if feature and feature.model_id else policy.default_provider)
        if preferred is not None and not _served(model_id, preferred, catalog, now):
            model_id = _first_model_of(preferred, catalog, now)
        return _living(ResolvedModel(model_id, model_id, None, ()), catalog, now)
    name, mode = model_name, None
    for suffix, meant in SUFFIXES.items():
        if name.endswith(suffix):
            name, mode = name.removesuffix(suffix), meant
    if name not in catalog.models:
        raise _unknown(model_name, name, catalog=catalog, providers=providers, now=now)
    named = _living(ResolvedModel(name, model_name, mode, ()), catalog, now)
    if provider is not None and not _served(named.model_id, provider, catalog, now):
        serving = " or ".join(offer.provider for offer in catalog.models[named.model_id].offers)
        raise invalid("provider", f"{provider} does not serve {model_name}; {serving} does, or leave one out")
    return named


def _living(named: ResolvedModel, catalog: Catalog, now: int) -> ResolvedModel:
    """Follow replacements by the clock, and say so; the words are part of the contract."""
    model_id = named.model_id
    gone: list[tuple[str, date]] = []
    model = catalog.models[model_id]
    while not model.alive(now) and model.until and model.replacement:
        gone.append((model_id, model.until))
        model_id = model.replacement
        model = catalog.models[model_id]
    warnings = [f"{name} was retired on {until.isoformat()}; {model_id} served this" for name, until in gone]
    if model.until:
        warnings.append(f"{model_id} retires on {model.until.isoformat()}; {model.replacement} serves its name then")
    return ResolvedModel(model_id, named.requested, named.mode, tuple(warnings))


def _served(model_id: str, provider: str, catalog: Catalog, now: int) -> bool:
    model = catalog.models.get(model_id)
    while model and not model.alive(now) and model.replacement:
        model = catalog.models[model.replacement]
    return model is not None and any(offer.provider == provider for offer in model.offers)


def _first_model_of(provider: str, catalog: Catalog, now: int) -> str:
    for model_id, model in catalog.models.items():
        if model.alive(now) and any(offer.provider == provider for offer in model.offers):
            return model_id
    raise invalid("provider", f"the catalog has no model of {provider!r}; name another provider or none")


def _unknown(
    sent: str, name: str, *, catalog: Catalog, providers: Mapping[str, ProviderSettings], now: int
) -> UnknownModel:
    known = [each for each, model in catalog.models.items() if model.alive(now) and catalog.offers(each, providers)]
    near = near_names(name, known)
    whose = next((f"; {said}" for start, said in catalog.foreign_names.items() if name.lower().startswith(start)), "")
    remedy = f"the nearest here are {', '.join(near)}" if near else f"here are {', '.join(known)}"
    message = f"there is no model {sent!r}{whose}; {remedy}"
    return UnknownModel(f"modelId: {message}.", errors=[("modelId", message)], near=near or known)


def near_names(name: str, known: Sequence[str] | Mapping[str, Any], *, cutoff: float = 0.4) -> list[str]:
    """Up to three known names that look like this one."""
    return difflib.get_close_matches(name.lower(), list(known), n=3, cutoff=cutoff)
