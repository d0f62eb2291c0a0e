"""The catalog as callers read it (`GET /api/models`, `GET /api/features`): only what this stage can make."""

from collections.abc import Mapping
from typing import Any

from easel.catalog import prices
from easel.catalog.model import Catalog, Family, Feature, Model, Offer
from easel.catalog.sizes import FreeSizes, Size
from easel.policy import Policy
from easel.settings import ProviderSettings


def models_view(
    catalog: Catalog,
    *,
    providers: Mapping[str, ProviderSettings],
    policy: Policy,
    now: int,
    previews: bool = True,
) -> dict[str, Any]:
    """What may be named as modelId, what it can do, and what an image of it costs in credits.

    `previews` says whether this stage shows any.
    """
    living = {
        model_id: (model, offers)
        for model_id, model in catalog.models.items()
        if model.alive(now) and (offers := list(catalog.offers(model_id, providers)))
    }
    return {
        "defaultModelId": policy.default_model,
        "models": [
            _model(catalog, name, model, offers, policy) | ({} if previews else {"previewsMax": 0})
            for name, (model, offers) in living.items()
        ],
        "retired": [
            {"id": name, "until": model.until.isoformat(), "servedBy": model.replacement}
            for name, model in catalog.models.items()
            if model.until is not None and not model.alive(now)
        ],
    }


def features_view(catalog: Catalog, *, policy: Policy) -> dict[str, Any]:
    """The presets, with what each fills in where a request says nothing."""
    return {"features": [_feature(name, feature, policy) for name, feature in catalog.features.items()]}


def _model(catalog: Catalog, model_id: str, model: Model, offers: list[Offer], policy: Policy) -> dict[str, Any]:
    family = catalog.family(model_id)
    view: dict[str, Any] = {
        "id": model_id,
        "title": model.title,
        "providers": [offer.provider for offer in offers],
        "modes": list(family.modes),
        "sizes": [str(size) for size in family.sizes.examples()],
        "anySize": _bounds(family),
        "resolutions": list(family.sizes.resolutions),
        "qualities": list(family.qualities),
        "outputFormats": list(family.output_formats),
        "backgrounds": list(family.backgrounds),
        "nMax": family.n_max,
        "referencesMax": family.references_max,
        "mask": family.mask,
        "markup": family.markup,
        "previewsMax": family.previews_max,
        "promptCharactersMax": family.prompt_chars_max,
        "prices": [
            {
                "size": str(size),
                "quality": quality,
                "credits": _dearest(catalog, model_id, offers, size, quality, policy),
            }
            for size in family.sizes.examples()
            for quality in family.qualities
        ],
    }
    if model.until is not None:
        view |= {"until": model.until.isoformat(), "replacement": model.replacement}
    return view


def _bounds(family: Family) -> dict[str, Any] | None:
    sizes = family.sizes
    if not isinstance(sizes, FreeSizes):
        return None
    return {
        "multipleOf": sizes.step,
        "edgeMax": sizes.edge_max,
        "pixelsMin": sizes.pixels_min,
        "pixelsMax": sizes.pixels_max,
        "ratioMax": "3:1",
    }


def _dearest(catalog: Catalog, model_id: str, offers: list[Offer], size: Size, quality: str, policy: Policy) -> int:
    picture = prices.PricedImage(size=size, quality=quality)
    return max(
        prices.credits_for(
            prices.expected_micros(catalog.price(model_id, offer), picture),
            margin_percent=policy.margin_percent,
            credit_micros=policy.credit_micros,
        )
        for offer in offers
    )


def _feature(feature_id: str, feature: Feature, policy: Policy) -> dict[str, Any]:
    view = {
        "id": feature_id,
        "title": feature.title,
        "description": feature.description,
        "modes": list(feature.modes),
        "modelId": feature.model_id or policy.default_model,
        "quality": feature.quality,
        "aspectRatio": feature.aspect_ratio,
        "outputFormat": feature.output_format,
        "background": feature.background,
        "template": feature.template.strip(),
        "templateWithReferences": feature.template_with_references and feature.template_with_references.strip(),
    }
    return {name: value for name, value in view.items() if value is not None}
