"""The catalog as callers read it (`GET /api/models`, `GET /api/features`): only what this stage can make."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from easel.catalog import prices
from easel.catalog.model import Catalog, Family, Feature, Model, Offer
from easel.catalog.plan import Mode
from easel.catalog.sizes import FreeSizes, Size
from easel.policy import Policy
from easel.schemas import View, given
from easel.settings import ProviderSettings

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class SizeBoundsView(View):
    """What a size may be, where a model draws any within bounds."""

    multiple_of: int = Field(description="width and height are multiples of it, in pixels")
    edge_max: int = Field(description="neither is longer, in pixels")
    pixels_min: int = Field(description="width times height is at least this")
    pixels_max: int = Field(description="and at most this")
    ratio_max: str = Field(description="the longer edge to the shorter")


class PriceView(View):
    """What one image costs at most."""

    size: str = Field(description="WxH in pixels")
    quality: str = Field(description="one of the model's `qualities`")
    credits: int = Field(description="whole credits, at the dearest of the model's providers")


class TypicalTimeView(View):
    """How long one image of about 1024x1024 mostly takes."""

    quality: str = Field(description="one of the model's `qualities`")
    seconds: int = Field(description="about so many")


class ModelView(View):
    """A model that this stage can call: what it can do, and its prices."""

    id: str = Field(description="what is named as `modelId`")
    title: str = Field(description="its name for people")
    providers: tuple[str, ...] = Field(description="who serves it here; each can be named as `provider`")
    modes: tuple[Mode, ...] = Field(description="what it can begin from")
    sizes: tuple[str, ...] = Field(
        description="sizes that it draws, as WxH in pixels; all of them where `anySize` is null"
    )
    any_size: SizeBoundsView | None = Field(description="the bounds of `size`, where it draws any size within some")
    resolutions: tuple[str, ...] = Field(description="what may be sent as `resolution`")
    qualities: tuple[str, ...] = Field(description="what may be sent as `quality`")
    output_formats: tuple[str, ...] = Field(description="what may be sent as `outputFormat`")
    backgrounds: tuple[str, ...] = Field(description="what may be sent as `background`")
    n_max: int = Field(description="the most images of one job")
    references_max: int = Field(description="the most references of one job; 0: it takes none")
    mask: bool = Field(description="whether it takes a `mask`")
    markup: bool = Field(description="whether it takes a `markup`")
    previews_max: int = Field(description="the most `previews` that it shows here; 0: none")
    prompt_characters_max: int = Field(description="the longest prompt that it takes, template included")
    prices: tuple[PriceView, ...] = Field(description="for each of `sizes` and `qualities`")
    typical_times: tuple[TypicalTimeView, ...] = Field(
        description="for those of `qualities` of which that is known; your own jobs say more"
    )
    until: Day = Field("", description="from this day on `replacement` serves it, where it is being retired")
    replacement: str = Field("", description="the model that follows it, where it is being retired")


class RetiredView(View):
    """A model that is gone; who still names it is served by another."""

    id: str = Field(description="the name that is still taken as `modelId`")
    until: Day = Field(description="the day on which it was retired")
    served_by: str = Field(description="the model that serves it now")


class ModelsView(View):
    """Everything that may be named as `modelId`."""

    default_model_id: str = Field(description="what serves a request that names no model")
    models: tuple[ModelView, ...] = Field(description="what can be called")
    retired: tuple[RetiredView, ...] = Field(description="what cannot be called any more")


class FeatureView(View):
    """A preset: a template around the caller's prompt, and what it fills in where a request says nothing."""

    id: str = Field(description="what is named as `featureId`")
    title: str = Field(description="its name for people")
    description: str = Field(description="what it is for")
    modes: tuple[Mode, ...] = Field(description="what it can begin from")
    model_id: str = Field(description="the model it uses where none is named")
    quality: str = Field("", description="its `quality`, where it has one")
    aspect_ratio: str = Field("", description="its `aspectRatio`, where it has one")
    output_format: str = Field("", description="its `outputFormat`, where it has one")
    background: str = Field("", description="its `background`, where it has one")
    template: str = Field(description="what surrounds the prompt, which takes the place of `{prompt}`")
    template_with_references: str = Field("", description="the same for jobs with references, where that differs")


class FeaturesView(View):
    """Everything that may be named as `featureId`."""

    features: tuple[FeatureView, ...] = Field(description="the presets")


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
    return ModelsView(
        default_model_id=policy.default_model,
        models=tuple(
            _model(catalog, name, model, offers, policy, previews=previews) for name, (model, offers) in living.items()
        ),
        retired=tuple(
            RetiredView(id=name, until=_day(model.until), served_by=model.replacement or "")
            for name, model in catalog.models.items()
            if model.until is not None and not model.alive(now)
        ),
    ).body()


def features_view(catalog: Catalog, *, policy: Policy) -> dict[str, Any]:
    """The presets, with what each fills in where a request says nothing."""
    return FeaturesView(features=tuple(_feature(name, each, policy) for name, each in catalog.features.items())).body()


def _model(
    catalog: Catalog, model_id: str, model: Model, offers: list[Offer], policy: Policy, *, previews: bool
) -> ModelView:
    family = catalog.family(model_id)
    return ModelView(
        id=model_id,
        title=model.title,
        providers=tuple(offer.provider for offer in offers),
        modes=family.modes,
        sizes=tuple(str(size) for size in family.sizes.examples()),
        any_size=_bounds(family),
        resolutions=tuple(family.sizes.resolutions),
        qualities=family.qualities,
        output_formats=family.output_formats,
        backgrounds=family.backgrounds,
        n_max=family.n_max,
        references_max=family.references_max,
        mask=family.mask,
        markup=family.markup,
        previews_max=family.previews_max if previews else 0,
        prompt_characters_max=family.prompt_chars_max,
        prices=tuple(_prices(catalog, model_id, offers, policy)),
        typical_times=tuple(
            TypicalTimeView(quality=quality, seconds=seconds) for quality, seconds in family.typical_seconds.items()
        ),
        **({} if model.until is None else {"until": _day(model.until), "replacement": model.replacement or ""}),
    )


def _day(day: date) -> str:
    return day.isoformat()


def _bounds(family: Family) -> SizeBoundsView | None:
    sizes = family.sizes
    if not isinstance(sizes, FreeSizes):
        return None
    return SizeBoundsView(
        multiple_of=sizes.step,
        edge_max=sizes.edge_max,
        pixels_min=sizes.pixels_min,
        pixels_max=sizes.pixels_max,
        ratio_max="3:1",
    )


def _prices(catalog: Catalog, model_id: str, offers: list[Offer], policy: Policy) -> list[PriceView]:
    family = catalog.family(model_id)
    return [
        PriceView(size=str(size), quality=quality, credits=_dearest(catalog, model_id, offers, size, quality, policy))
        for size in family.sizes.examples()
        for quality in family.qualities
    ]


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


def _feature(feature_id: str, feature: Feature, policy: Policy) -> FeatureView:
    with_references = feature.template_with_references
    return FeatureView(
        id=feature_id,
        title=feature.title,
        description=feature.description,
        modes=feature.modes,
        model_id=feature.model_id or policy.default_model,
        template=feature.template.strip(),
        **given(
            quality=feature.quality,
            aspect_ratio=feature.aspect_ratio,
            output_format=feature.output_format,
            background=feature.background,
            template_with_references=with_references and with_references.strip(),
        ),
    )
