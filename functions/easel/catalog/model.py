"""The words of the catalog: families share abilities, models have a name and a life, offers say who serves them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from easel.catalog.plan import Mode
from easel.catalog.prices import FlatPrice, FormulaPrice, MegapixelPrice, Price, ResolutionPrice, TablePrice
from easel.catalog.sizes import FixedSizes, FreeSizes
from easel.records import ConfigRecord
from easel.settings import ProviderSettings

AnyPrice = Annotated[
    FormulaPrice | TablePrice | ResolutionPrice | MegapixelPrice | FlatPrice, Field(discriminator="kind")
]


class Family(ConfigRecord):
    """What a group of models can do and what it costs."""

    modes: tuple[Mode, ...] = ("text_to_image", "image_to_image")
    sizes: Annotated[FreeSizes | FixedSizes, Field(discriminator="kind")]
    price: AnyPrice
    qualities: tuple[str, ...]
    output_formats: tuple[str, ...] = ("png", "jpeg", "webp")
    compression: bool = True
    backgrounds: tuple[str, ...] = ("auto", "opaque", "transparent")
    prompt_chars_max: int = 32_000
    n_max: int = 10
    references_max: int = 16
    mask: bool = True
    markup: bool = False
    previews_max: int = 0  # partial images shown while one is made
    typical_seconds: dict[str, int] = {}  # of one image about 1024x1024, by quality, where anybody has said so

    @model_validator(mode="after")
    def _every_quality_has_a_price(self) -> Self:
        priced: set[str] | None = None
        if isinstance(self.price, FormulaPrice):
            priced = set(self.price.factors)
        elif isinstance(self.price, TablePrice):
            priced = set(self.price.dollars)
        if priced is not None and priced != set(self.qualities):
            raise ValueError(f"qualities are {sorted(self.qualities)}, prices are for {sorted(priced)}")
        if strange := set(self.typical_seconds) - set(self.qualities):
            raise ValueError(f"qualities are {sorted(self.qualities)}, seconds are for {sorted(strange)} too")
        return self


class Offer(ConfigRecord):
    """A provider that serves a model; `upstream` is its own name for it, None where settings say it.

    `family` is what the model can do there, where that is less than elsewhere. A `deployed` one is the operator's
    own: it serves the model that settings name, and no other.
    """

    provider: str
    upstream: str | None = None
    deployed: bool = False
    family: str | None = None
    images_per_call: int = 10
    price: AnyPrice | None = None

    def named(self, model_id: str, providers: Mapping[str, ProviderSettings]) -> str | None:
        """What the provider is to be asked for; None where it does not serve the model here."""
        settings = providers.get(self.provider)
        if settings is None or (settings.serves is not None and model_id not in settings.serves):
            return None
        if self.deployed and settings.serves is None and settings.model != model_id:
            return None
        return self.upstream or settings.model


class Model(ConfigRecord):
    """What a caller may name. After `until` its `replacement` serves whoever still names it."""

    title: str = ""
    family: str | None = None  # None: gone already, only its name is known
    offers: tuple[Offer, ...] = ()
    since: date | None = None  # when its maker released it, where that is known
    until: date | None = None
    replacement: str | None = None
    stands_in: bool = False  # may make a picture when the model that was asked for cannot

    def alive(self, now: int) -> bool:
        """Whether it can still be called: through the day before `until`, by UTC."""
        return self.until is None or now < milliseconds(self.until)

    @model_validator(mode="after")
    def _an_end_has_a_successor(self) -> Self:
        if (self.until is None) != (self.replacement is None):
            raise ValueError("until and replacement go together")
        if self.family is None and self.until is None:
            raise ValueError("a model without a family needs until and replacement")
        return self


class Feature(ConfigRecord):
    """A preset. `template` keeps the caller's prompt at `{prompt}`; the rest are defaults a caller may override."""

    title: str
    description: str
    template: str
    template_with_references: str | None = None
    modes: tuple[Mode, ...] = ("text_to_image", "image_to_image")
    model_id: str | None = None
    quality: str | None = None
    aspect_ratio: str | None = None
    output_format: str | None = None
    background: str | None = None

    @model_validator(mode="after")
    def _the_prompt_is_kept(self) -> Self:
        for template in (self.template, self.template_with_references):
            if template is not None and template.count("{prompt}") != 1:
                raise ValueError("a template has {prompt} exactly once")
        return self

    def prompt(self, words: str, *, references: bool) -> str:
        """The caller's words inside the template."""
        template = (self.template_with_references if references else None) or self.template
        return template.strip().replace("{prompt}", words)


class Catalog(ConfigRecord):
    """Everything that can be asked for."""

    families: dict[str, Family]
    models: dict[str, Model]
    features: dict[str, Feature]
    foreign_names: dict[str, str]  # the beginning of a name that is nobody's here, and whose it is

    def family(self, model_id: str) -> Family:
        """What a model can do. Raises LookupError."""
        name = self.models[model_id].family
        if name is None:
            raise LookupError(f"{model_id} is gone and has no family")
        return self.families[name]

    def family_at(self, model_id: str, offer: Offer) -> Family:
        """What a model can do at one of its providers."""
        return self.families[offer.family] if offer.family else self.family(model_id)

    def price(self, model_id: str, offer: Offer) -> Price:
        """What a model costs at one of its providers."""
        return offer.price or self.family_at(model_id, offer).price

    def offers(self, model_id: str, providers: Mapping[str, ProviderSettings]) -> tuple[Offer, ...]:
        """Who serves a model here."""
        return tuple(offer for offer in self.models[model_id].offers if offer.named(model_id, providers))

    def price_of(self, provider: str, upstream: str) -> Price | None:
        """What a provider's own name for a model costs; None where nobody knows."""
        for known in (upstream, None):  # a deployment of one's own has any name
            for model_id, model in self.models.items():
                for offer in model.offers:
                    if offer.provider == provider and offer.upstream == known:
                        return self.price(model_id, offer)
        return None

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Self:
        for model_id, model in self.models.items():
            for family in (model.family, *(offer.family for offer in model.offers)):
                if family is not None and family not in self.families:
                    raise ValueError(f"{model_id}: no family {family!r}")
            if model.replacement is not None and model.replacement not in self.models:
                raise ValueError(f"{model_id}: no model {model.replacement!r} to replace it")
        for feature_id, feature in self.features.items():
            if feature.model_id is not None and feature.model_id not in self.models:
                raise ValueError(f"{feature_id}: no model {feature.model_id!r}")
        return self


def milliseconds(day: date) -> int:
    """The beginning of a day, by UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000
