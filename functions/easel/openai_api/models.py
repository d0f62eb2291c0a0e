"""The catalog as OpenAI's model list."""

from collections.abc import Mapping
from typing import Any

from easel.catalog.model import Catalog, milliseconds
from easel.clock import SECOND, Millis
from easel.errors import UnknownModel
from easel.schemas import given
from easel.settings import ProviderSettings


def listed(catalog: Catalog, *, providers: Mapping[str, ProviderSettings], now: Millis) -> dict[str, Any]:
    """Every model that can be named here and is alive."""
    alive = (name for name, model in catalog.models.items() if model.alive(now) and catalog.offers(name, providers))
    return {"object": "list", "data": [_object(catalog, name, providers) for name in alive]}


def one(catalog: Catalog, name: str, *, providers: Mapping[str, ProviderSettings], now: Millis) -> dict[str, Any]:
    """One model; a retired one that another serves is here still, with the day it went. Raises UnknownModel."""
    living = name
    while (model := catalog.models.get(living)) and not model.alive(now) and model.replacement:
        living = model.replacement
    if living not in catalog.models or not catalog.offers(living, providers):
        message = f"there is no model {name!r}; GET /v1/models lists those there are"
        raise UnknownModel(f"model: {message}.", errors=[("modelId", message)])
    return _object(catalog, name, providers)


def _object(catalog: Catalog, name: str, providers: Mapping[str, ProviderSettings]) -> dict[str, Any]:
    model = catalog.models[name]
    offers = catalog.offers(name, providers)
    return {
        "id": name,
        "object": "model",
        "created": milliseconds(model.since) // SECOND if model.since else 0,
        "owned_by": offers[0].provider if offers else "nobody",
        **given(shutdown_date=model.until and model.until.isoformat()),
    }
