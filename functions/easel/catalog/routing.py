"""Which providers can do a job, in which order they are asked, and what an image costs at each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from easel.catalog import prices
from easel.catalog.capabilities import (
    NEAR_SHAPE,
    Options,
    Unsupported,
    another_shape,
    find_unsupported,
    find_unsupported_previews,
    size_for,
)
from easel.catalog.model import Catalog, Offer
from easel.catalog.plan import Step
from easel.catalog.sizes import Size
from easel.errors import UnknownModel, UnsupportedOption
from easel.policy import Policy
from easel.settings import ProviderSettings


@dataclass(frozen=True)
class Routing:
    """What orders a route: the stage's providers and policy, the clock, and the caller's say."""

    providers: Mapping[str, ProviderSettings]
    policy: Policy
    now: int
    first: str | None
    fallback: bool
    cheapest: bool


@dataclass(frozen=True)
class Route:
    """Each provider at most once, the first to be asked first."""

    steps: tuple[Step, ...]
    warnings: tuple[str, ...]


def route_for(options: Options, model_id: str, *, catalog: Catalog, routing: Routing) -> Route:
    """The route of a job, or the caller's error that says what the model has. Raises UnknownModel."""
    family = catalog.family(model_id)
    if missing := find_unsupported(options, family) or find_unsupported_previews(options, family):
        raise _unsupported(missing, model_id)
    offers = catalog.offers(model_id, routing.providers)
    steps = _in_the_stages_order(
        [step for offer in offers if (step := _step(options, model_id, offer, catalog, routing))], routing
    )
    _named_can(options, model_id, offers, catalog, routing)
    substituted = not steps
    if routing.fallback:
        steps += _in_the_stages_order(_stand_ins(options, model_id, catalog, routing), routing)
    if not steps and offers and (missing := find_unsupported(options, catalog.family_at(model_id, offers[0]))):
        raise _unsupported(missing, f"{model_id} of {offers[0].provider}")
    if not steps:
        raise UnknownModel(
            f"modelId: no provider of {model_id} is set up here; name another model or none.",
            errors=[("modelId", f"no provider of {model_id} is set up here; name another model or none")],
            near=sorted(_callable(catalog, routing)),
        )
    ordered = _ordered(steps, routing, references=options.references > 0)
    first = ordered[0]
    why = f"no provider of {model_id} here can do this" if offers else f"no provider of {model_id} is set up here"
    said = [f"{why}; {first.model} of {first.provider} makes this"]
    return Route(ordered, (*(said if substituted else ()), *first.warnings))


def _named_can(options: Options, model_id: str, offers: Sequence[Offer], catalog: Catalog, routing: Routing) -> None:
    """A provider that was named is never passed over in silence."""
    for offer in offers:
        if offer.provider == routing.first and (
            missing := find_unsupported(options, catalog.family_at(model_id, offer))
        ):
            raise _unsupported(missing, f"{model_id} of {offer.provider}")


def _unsupported(missing: Unsupported, who: str) -> UnsupportedOption:
    return UnsupportedOption(
        f"{missing.field}: {who} cannot do that; {missing.message}.",
        errors=[(missing.field, missing.message)],
        allowed=list(missing.allowed) or None,
    )


def _ordered(steps: list[Step], routing: Routing, *, references: bool) -> tuple[Step, ...]:
    first = routing.first or routing.policy.default_provider
    once = {step.provider: step for step in reversed(steps)}  # at one provider, the model that was asked for
    steps = [step for step in steps if once[step.provider] is step]
    if routing.cheapest:
        steps = sorted(steps, key=lambda step: (step.credits_per_image, step.worst_micros_per_image))
        first = routing.first
    steps = sorted(steps, key=lambda step: step.provider != first)
    stay = not routing.fallback or (references and not routing.policy.references_may_leave_first_provider)
    return tuple(steps[:1] if stay else steps)


def _in_the_stages_order(steps: list[Step], routing: Routing) -> list[Step]:
    order = list(routing.providers)
    return sorted(steps, key=lambda step: order.index(step.provider))


def _step(options: Options, model_id: str, offer: Offer, catalog: Catalog, routing: Routing) -> Step | None:
    upstream = offer.named(model_id, routing.providers)
    family = catalog.family_at(model_id, offer)
    if not upstream or find_unsupported(options, family):
        return None
    settings = routing.providers[offer.provider]
    size = size_for(options, family)
    price = catalog.price(model_id, offer)
    picture = prices.PricedImage(
        size=size,
        quality=options.quality,
        prompt_bytes=options.prompt_bytes,
        references=options.references + int(options.mask) + int(options.markup),
        previews=min(options.previews, family.previews_max),
    )
    return Step(
        provider=offer.provider,
        model=model_id,
        upstream=upstream,
        **_credits(price, picture, routing.policy),
        worst_micros_per_image=prices.worst_micros(price, picture),
        images_per_call=offer.images_per_call,
        width=size.width,
        height=size.height,
        warnings=_warnings(options, model_id, size, settings),
    )


def _credits(price: prices.Price, picture: prices.PricedImage, policy: Policy) -> dict[str, int]:
    """What a step says of credits. What may turn out cheaper than it is held for is told with its least."""
    terms = {"margin_percent": policy.margin_percent, "credit_micros": policy.credit_micros}
    most = prices.credits_for(prices.quoted_micros(price, picture), **terms)
    least = prices.credits_for(prices.expected_micros(price, picture), **terms)
    if least == most:
        return {"credits_per_image": most}
    covers = max(1, policy.credit_micros * 100 // (100 + policy.margin_percent))
    return {"credits_per_image": most, "least_credits_per_image": least, "credit_cost_micros": covers}


def _stand_ins(options: Options, model_id: str, catalog: Catalog, routing: Routing) -> list[Step]:
    """Models that may make the picture when the one asked for cannot; only those able to do all of it."""
    steps = []
    for other, model in catalog.models.items():
        if other == model_id or not model.stands_in or not model.alive(routing.now):
            continue
        found = [step for offer in model.offers if (step := _step(options, other, offer, catalog, routing))]
        steps += [
            step for step in found if not another_shape(Size(step.width, step.height), options, beyond=NEAR_SHAPE)
        ]
    return steps


def _callable(catalog: Catalog, routing: Routing) -> list[str]:
    return [
        model_id
        for model_id, model in catalog.models.items()
        if model.alive(routing.now) and catalog.offers(model_id, routing.providers)
    ]


def _warnings(options: Options, model_id: str, size: Size, settings: ProviderSettings) -> tuple[str, ...]:
    shape = f"{model_id} has no {options.ratio}; {size} is the nearest it draws"
    return (*([shape] if another_shape(size, options) else ()), *([settings.note] if settings.note else ()))
