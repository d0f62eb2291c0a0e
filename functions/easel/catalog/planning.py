"""A request made exact: which model, which pixels, which providers in which order, for how much.

Pure: the clock, the stage's providers and the policy are handed in. The catalog itself is the two files beside this
one, read once and checked on first use.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files

from easel.catalog.capabilities import Options
from easel.catalog.model import Catalog, Feature
from easel.catalog.model_names import SUFFIXES, ResolvedModel, near_names, resolve_model
from easel.catalog.plan import Mode, Plan
from easel.catalog.plan_input import PlanInput
from easel.catalog.routing import Routing, route_for
from easel.catalog.sizes import RESOLUTIONS, FixedSizes, FreeSizes, parse_ratio, parse_size
from easel.errors import UnsupportedOption, invalid
from easel.policy import Policy
from easel.settings import ProviderSettings

FEATURE_CUTOFF = 0.6  # a list of nine says more than a preset that means something else


@cache
def load() -> Catalog:
    """The catalog of this release; pydantic names what is wrong in it."""
    here = files("easel.catalog")
    words = tomllib.loads(here.joinpath("catalog.toml").read_text("utf-8"), parse_float=Decimal)
    features = tomllib.loads(here.joinpath("features.toml").read_text("utf-8"))
    return Catalog.model_validate({**words, "features": features})


def plan(
    ask: PlanInput, *, catalog: Catalog, providers: Mapping[str, ProviderSettings], policy: Policy, now: int
) -> Plan:
    """What a request comes to, or the caller's error that says what to change."""
    _provider_exists(ask.provider, providers)
    feature = _feature(ask.feature_id, catalog)
    named = resolve_model(
        ask.model_id, ask.provider, feature, catalog=catalog, providers=providers, policy=policy, now=now
    )
    prompt = feature.prompt(ask.prompt, references=bool(ask.references)) if feature else ask.prompt
    options = _options(ask, feature, _mode(ask, feature, named), prompt)
    routed = route_for(
        options,
        named.model_id,
        catalog=catalog,
        routing=Routing(
            providers=providers,
            policy=policy,
            now=now,
            first=ask.provider,
            fallback=ask.fallback is not False,
            cheapest=ask.priority == "economy",
        ),
    )
    first = routed.steps[0]
    return Plan(
        mode=options.mode,
        model_id=named.model_id,
        requested_model_id=named.requested,
        feature_id=ask.feature_id,
        effective_prompt=prompt,
        n=options.n,
        width=first.width,
        height=first.height,
        quality=options.quality,
        output_format=options.output_format,
        output_compression=options.output_compression,
        background=options.background,
        previews=options.previews,
        route=routed.steps,
        quote=max(step.credits_per_image for step in routed.steps) * options.n,
        warnings=(*named.warnings, *routed.warnings),
    )


def _provider_exists(provider: str | None, providers: Mapping[str, ProviderSettings]) -> None:
    if provider is not None and provider not in providers:
        has = ", ".join(sorted(providers))
        raise invalid("provider", f"no provider {provider!r} is set up here; there is {has}", allowed=sorted(providers))


def _feature(feature_id: str | None, catalog: Catalog) -> Feature | None:
    if feature_id is None:
        return None
    if feature_id not in catalog.features:
        near = near_names(feature_id, catalog.features, cutoff=FEATURE_CUTOFF)
        remedy = f"did you mean {' or '.join(near)}?" if near else f"there is {', '.join(sorted(catalog.features))}"
        raise invalid("featureId", f"no feature {feature_id!r}; {remedy}", near=near)
    return catalog.features[feature_id]


def _mode(ask: PlanInput, feature: Feature | None, named: ResolvedModel) -> Mode:
    if named.mode and ask.mode and named.mode != ask.mode:
        raise invalid("mode", f"modelId {named.requested!r} means {named.mode}, mode says {ask.mode}; send one of them")
    said = named.mode or _known_mode(ask.mode)
    modes = feature.modes if feature else ()
    if said and feature and said not in modes:
        raise UnsupportedOption(
            f"mode: feature {ask.feature_id!r} is for {' and '.join(modes)}.",
            errors=[("mode", f"must be {' or '.join(modes)} with feature {ask.feature_id!r}")],
            allowed=list(modes),
        )
    images = len(ask.references or ())
    only = modes[0] if len(modes) == 1 else None
    mode = said or only or ("image_to_image" if images else "text_to_image")
    if mode == "image_to_image" and not images:
        raise invalid("references", "image_to_image needs at least one reference")
    if mode == "text_to_image" and images:
        raise invalid("references", "text_to_image takes no references; send mode image_to_image or leave it out")
    return mode


def _known_mode(mode: str | None) -> Mode | None:
    for known in SUFFIXES.values():
        if mode == known:
            return known
    if mode is not None:
        raise invalid("mode", f"mode is text_to_image or image_to_image, not {mode!r}")
    return None


def _options(ask: PlanInput, feature: Feature | None, mode: Mode, prompt: str) -> Options:
    references = len(ask.references or ())
    background = ask.background or (feature and feature.background) or None
    _shape_is_clear(ask)
    if ask.mask is not None and not references:
        raise invalid("mask", "a mask needs a reference that it belongs to")
    if ask.markup is not None and not references:
        raise invalid("markup", "a markup needs a reference that it is drawn over")
    if ask.markup is not None and ask.mask is not None:
        raise invalid("markup", "mask and markup cannot both be sent; leave one out")
    return Options(
        prompt_chars=len(prompt),
        prompt_bytes=len(prompt.encode()),
        mode=mode,
        ratio=None if ask.size else ask.aspect_ratio or (feature and feature.aspect_ratio) or "1:1",
        size=ask.size,
        resolution=ask.resolution or "1k",
        quality=ask.quality or (feature and feature.quality) or "medium",
        n=1 if ask.n is None else ask.n,
        output_format=ask.output_format or (feature and feature.output_format) or "png",
        output_compression=ask.output_compression,
        background=background,
        references=references,
        mask=ask.mask is not None,
        markup=ask.markup is not None,
        previews=ask.previews,
    )


def _shape_is_clear(ask: PlanInput) -> None:
    if ask.size is not None:
        for field, value in (("aspectRatio", ask.aspect_ratio), ("resolution", ask.resolution)):
            if value is not None:
                raise invalid(field, f"size and {field} cannot both be sent; leave one out")
        if parse_size(ask.size) is None:
            raise invalid("size", f"size is WIDTHxHEIGHT, such as 1536x1024, not {ask.size!r}")
    if ask.aspect_ratio is not None and parse_ratio(ask.aspect_ratio) is None:
        raise invalid("aspectRatio", f"aspectRatio is W:H from 1:3 to 3:1, such as 3:2, not {ask.aspect_ratio!r}")
    if ask.resolution is not None and ask.resolution not in RESOLUTIONS:
        raise invalid("resolution", f"resolution is one of {', '.join(RESOLUTIONS)}, not {ask.resolution!r}")


def sizes_of(
    ask: PlanInput, *, providers: Mapping[str, ProviderSettings], policy: Policy, now: int
) -> FreeSizes | FixedSizes:
    """The sizes of the model that a request means. Raises UnknownModel and InvalidRequest."""
    catalog = load()
    feature = _feature(ask.feature_id, catalog)
    named = resolve_model(
        ask.model_id, ask.provider, feature, catalog=catalog, providers=providers, policy=policy, now=now
    )
    return catalog.family(named.model_id).sizes
