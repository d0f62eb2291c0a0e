"""What the stage file and the catalog promise: models, prices, caps, who is told. Pure."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from easel.catalog import planning, prices
from easel.catalog.model import Catalog
from easel.catalog.sizes import Size
from easel.settings import ProviderSettings
from infra import idle_price
from infra.stages import Stage
from ops.doctor.facts import Today
from ops.doctor.model import Check, Finding, failed, passed, unknown, warned

SOON, NOW = timedelta(days=60), timedelta(days=14)
USUAL = Size(1024, 1024)
AWS_MICROS = 2_000  # what AWS adds to an image, roughly


def retirement(stage: Stage, catalog: Catalog, today: Today) -> Finding:
    """Whether a model goes that the stage serves; who names it later is served by its replacement."""
    default = catalog.models[stage.policy.default_model]
    if default.until and default.until <= today.day + NOW:
        return failed(
            f"the stage's own default_model {stage.policy.default_model} goes on {default.until}",
            f'set policy.default_model = "{default.replacement}" in infra/stages.toml, and deploy',
        )
    going = dict(_going(catalog, stage.providers, today, SOON))
    orphans = [name for name, end in going.items() if end <= today.day + NOW and not _served(catalog, stage, name)]
    if orphans:
        names = ", ".join(f"{name} ({going[name]})" for name in orphans)
        what = catalog.models[orphans[0]].replacement
        return failed(
            f"{names}: gone within 14 days, and no provider here serves what comes after", f"serve {what} too"
        )
    if going:
        names = ", ".join(f"{name} on {end} (then {catalog.models[name].replacement})" for name, end in going.items())
        return warned(f"models go within 60 days: {names}", "tell callers; nothing breaks: the replacement serves them")
    return passed("no model that is served goes within 60 days")


def _going(
    catalog: Catalog, providers: Mapping[str, ProviderSettings], today: Today, within: timedelta
) -> Iterator[tuple[str, Any]]:
    for name, model in catalog.models.items():
        if model.until and today.day < model.until <= today.day + within and catalog.offers(name, providers):
            yield name, model.until


def _served(catalog: Catalog, stage: Stage, name: str) -> bool:
    replacement = catalog.models[name].replacement
    return replacement is not None and bool(catalog.offers(replacement, stage.providers))


def margin(stage: Stage, catalog: Catalog) -> Finding:
    """Whether anything is sold below what it costs."""
    lossy, thin, count = [], 0, 0
    for name, provider, quality, cost in _costs(catalog, stage.providers):
        sold = _sold(stage, cost)
        count += 1
        if sold < cost:
            lossy.append(f"{name} {quality} of {provider} (costs ${cost / 1e6:.4f}, sold for ${sold / 1e6:.4f})")
        thin += cost <= sold < cost + AWS_MICROS
    if lossy:
        remedy = "raise policy.margin_percent in infra/stages.toml, or mend the price in catalog.toml"
        return failed(f"sold at a loss: {'; '.join(lossy[:3])}{' and others' if lossy[3:] else ''}", remedy)
    policy = stage.policy
    free = f"; given away: {policy.welcome_credits} at first, {policy.monthly_credits} a month"
    given = free if policy.welcome_credits or policy.monthly_credits else ""
    if thin:
        said = f"{thin} of {count} prices keep less than the $0.002 that AWS adds to an image{given}"
        return warned(said, "easel prices --margin 10   # then policy.margin_percent in infra/stages.toml")
    return passed(f"{count} prices cover what they cost, AWS's part too{given}")


def _costs(catalog: Catalog, providers: Mapping[str, ProviderSettings]) -> Iterator[tuple[str, str, str, int]]:
    """Every model, provider and quality with what an image of 1024x1024 most likely costs, in micro-dollars."""
    for name, model in catalog.models.items():
        for offer in catalog.offers(name, providers) if model.family else ():
            for quality in catalog.family_at(name, offer).qualities:
                picture = prices.PricedImage(USUAL, quality)
                yield name, offer.provider, quality, prices.expected_micros(catalog.price(name, offer), picture)


def _sold(stage: Stage, cost: int) -> int:
    terms = {"margin_percent": stage.policy.margin_percent, "credit_micros": stage.policy.credit_micros}
    return prices.credits_for(cost, **terms) * stage.policy.credit_micros


def caps(stage: Stage, catalog: Catalog) -> Finding:
    """Whether a day's cap lets anything be made, and the dearest picture by one owner."""
    policy = stage.policy
    if policy.daily_cap_micros == 0:
        return failed("daily_cap_micros is 0: no picture can be made", "set policy.daily_cap_micros = 50_000_000")
    offers = catalog.offers(policy.default_model, stage.providers)
    costs = [cost for name, *_, cost in _costs(catalog, stage.providers) if name == policy.default_model]
    share = policy.daily_cap_micros * policy.owner_share_percent // 100
    if offers and max(costs) > share:
        return failed(
            f"one owner may have ${share / 1e6:.2f} reserved, and a picture of {policy.default_model} costs up to "
            f"${max(costs) / 1e6:.2f}",
            "raise policy.daily_cap_micros or policy.owner_share_percent in infra/stages.toml",
        )
    pictures = policy.daily_cap_micros // max(costs, default=1)
    return passed(f"${policy.daily_cap_micros / 1e6:.0f} a day: at least {pictures} pictures of {policy.default_model}")


def anonymous(stage: Stage) -> Finding:
    """Whether those who do not sign in have a ration and a challenge."""
    if not stage.policy.anonymous:
        return passed("nobody generates without signing in")
    if not stage.policy.anonymous_daily_credits:
        remedy = "set policy.anonymous_daily_credits = 500 in infra/stages.toml"
        return failed("anonymous use is on and its daily ration is 0: every such request is refused", remedy)
    if not stage.challenge and not stage.emulated:
        remedy = 'set turnstile = "0x4AAA…" in infra/stages.toml: a Cloudflare Turnstile widget\'s site key'
        return warned("anonymous use has no challenge: a script can use the ration up each day", remedy)
    return passed(f"anonymous use is rationed: {stage.policy.anonymous_daily_credits} credits a day for all together")


def contacts(stage: Stage) -> Finding:
    """Whether somebody is told of alarms, and callers know where to turn."""
    if stage.emulated:
        return passed("a stage of this machine tells nobody")
    named = {
        "alarm_email": stage.alarm_email,
        "policy.buy_url": stage.policy.buy_url,
        "policy.contact": stage.policy.contact,
    }
    missing = [name for name, value in named.items() if not value]
    if missing:
        remedy = "set them in infra/stages.toml: nobody is told of alarms, or callers do not learn where to turn"
        return warned(f"not set: {', '.join(missing)}", remedy)
    return passed("alarms, buyers and callers have an address")


def moderation_policy(stage: Stage, moderation: Any) -> Finding:
    """Whether somebody chose what is not made here: prompts, references, results."""
    if stage.emulated:
        return passed("what a stage of this machine refuses is set by `make up`")
    if not moderation.openai and not moderation.words:
        remedy = f"write [{stage.name}.moderation] openai = true into infra/stages.toml, or words of your own"
        return warned("no moderation of your own is chosen: the providers' filters alone decide", remedy)
    looked = ["prompts", *(["references"] if moderation.openai and moderation.references else [])]
    looked += ["results"] if moderation.openai and moderation.results else []
    return passed(f"looked at here: {', '.join(looked)}")


def idle(stage: Stage, templates: list[Any]) -> Finding:
    """What a month costs in which nobody calls."""
    if not templates:
        return unknown("no template is made yet", f"make synth STAGE={stage.name}")
    dollars = sum(line.dollars for line in idle_price.lines(templates))
    return passed(f"an idle month costs about ${dollars:.0f}, by the template")


def catalog_of_this_release() -> Catalog:
    """The catalog that would be deployed."""
    return planning.load()


CHECKS = (
    Check("retirement", ("stage", "catalog", "today"), retirement),
    Check("margin", ("stage", "catalog"), margin),
    Check("caps", ("stage", "catalog"), caps),
    Check("anonymous", ("stage",), anonymous),
    Check("contacts", ("stage",), contacts),
    Check("moderation-policy", ("stage", "moderation"), moderation_policy),
    Check("idle-price", ("stage", "templates"), idle),
)
