"""What each provider's model takes just now, as every function knows it; and its breaker, turned by hand."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from easel.catalog import planning, prices
from easel.catalog.sizes import Size
from easel.clock import DAY, SystemClock
from easel.providers import availability_store
from easel.providers.availability import FAILURES_MAX, Availability, Pace
from easel.settings import ProviderSettings
from ops.audit import act_of, commit
from ops.deployed import Deployed
from ops.errors import Refused, WrongUse
from ops.jobs.by_id import moment

HELD_MAX = DAY  # a breaker that somebody forgot closes by itself the next day
TRIES = 5  # where functions write the same row meanwhile
USUAL = Size(1024, 1024)


@dataclass(frozen=True)
class Named:
    """One model of one provider that the stage serves."""

    provider: str
    model: str


def settings_of(deployed: Deployed) -> dict[str, ProviderSettings]:
    """The stage's providers, in the order in which they are asked."""
    told = json.loads(deployed.setting("start", "PROVIDERS"))
    return {name: ProviderSettings.model_validate(each) for name, each in told.items()}


def served(settings: dict[str, ProviderSettings]) -> list[Named]:
    """Every model that these providers serve and that can still be called."""
    catalog, now = planning.load(), SystemClock().now()
    found = [
        Named(offer.provider, model_id)
        for model_id, model in catalog.models.items()
        if model.alive(now)
        for offer in catalog.offers(model_id, settings)
    ]
    return sorted(found, key=lambda each: (list(settings).index(each.provider), each.model))


def look(deployed: Deployed) -> list[dict[str, Any]]:
    """Each of them with its breaker, its pace, the time of its next slot, and what an image costs."""
    settings, now = settings_of(deployed), SystemClock().now()
    return [_told(deployed, each, settings[each.provider], now) for each in served(settings)]


def hold_open(deployed: Deployed, provider: str, model: str | None, milliseconds: int) -> list[Named]:
    """Open breakers: nobody is asked for so long, then one probe finds out. Those that were meant.

    Raises WrongUse for what the stage does not serve or too long a time, Refused where functions keep writing.
    """
    if milliseconds > HELD_MAX:
        raise WrongUse("--for: the most is 1d, so that a breaker somebody forgot closes by itself")
    until = SystemClock().now() + milliseconds
    opened = {"failures": FAILURES_MAX, "open_until": until, "probe_until": 0}
    return _turn(deployed, "breaker opened", meant(deployed, provider, model), opened, until=moment(until))


def close(deployed: Deployed, provider: str, model: str | None) -> list[Named]:
    """Close breakers, and forget a Retry-After: it is asked at once again. Those that were meant.

    Raises WrongUse and Refused.
    """
    closed = {"failures": 0, "open_until": 0, "probe_until": 0, "busy_until": 0}
    return _turn(deployed, "breaker closed", meant(deployed, provider, model), closed)


def meant(deployed: Deployed, provider: str, model: str | None) -> list[Named]:
    """The models of a provider, or one of them. Raises WrongUse where the stage does not serve it."""
    there = served(settings_of(deployed))
    found = [each for each in there if each.provider == provider and model in (None, each.model)]
    if not found:
        names = sorted({each.model for each in there if each.provider == provider})
        known = f"it serves {', '.join(names)}" if names else f"there is {', '.join(settings_of(deployed))}"
        raise WrongUse(f"{provider}{f' does not serve {model}' if names else ' is no provider of this stage'}; {known}")
    return found


def _turn(
    deployed: Deployed, act: str, wanted: list[Named], changes: dict[str, int], **facts: str | None
) -> list[Named]:
    """Every row's next version and the act, all or none."""
    noted = {**facts, "models": " ".join(each.model for each in wanted)}
    for _ in range(TRIES):
        puts = [_put(deployed, each, _read(deployed, each), changes) for each in wanted]
        try:
            commit(deployed, act_of(deployed, act, wanted[0].provider, **noted), *puts)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            continue
        return wanted
    raise Refused(f"{wanted[0].provider}: its rows keep moving; run the same command again")


def _put(deployed: Deployed, named: Named, before: Availability, changes: dict[str, int]) -> dict[str, Any]:
    after = before.model_copy(update={**changes, "version": before.version + 1})
    return availability_store.write(_table(deployed), before, after, now=SystemClock().now()).action()


def _read(deployed: Deployed, named: Named) -> Availability:
    return availability_store.read(deployed.database, _table(deployed), named.provider, named.model)


def _told(deployed: Deployed, named: Named, settings: ProviderSettings, now: int) -> dict[str, Any]:
    row = _read(deployed, named)
    rate = settings.images_per_minute
    pace = None if rate is None else Pace(images_per_minute=rate, burst=settings.burst)
    opening = row.opening_at(pace, 1, now)
    return {
        "provider": named.provider,
        "model": named.model,
        "breaker": _breaker(row, now),
        "openUntil": moment(row.open_until) if row.open_until > now else None,
        "failuresInARow": row.failures,
        "busyUntil": moment(row.busy_until) if row.busy_until > now else None,
        "imagesPerMinute": rate,
        "nextSlot": "now" if opening <= now else moment(opening),
        "prices": [{"quality": quality, "dollars": dollars} for quality, dollars in _dollars(named)],
    }


def _breaker(row: Availability, now: int) -> str:
    return "open" if row.open_until > now else "half-open" if row.half_open(now) else "closed"


def _dollars(named: Named) -> Iterator[tuple[str, float]]:
    """What an image of 1024x1024 most likely costs there, by quality."""
    catalog = planning.load()
    offer = next(each for each in catalog.models[named.model].offers if each.provider == named.provider)
    for quality in catalog.family_at(named.model, offer).qualities:
        price = catalog.price(named.model, offer)
        yield quality, prices.expected_micros(price, prices.PricedImage(USUAL, quality)) / prices.PER_DOLLAR


def _table(deployed: Deployed) -> str:
    return deployed.setting("start", "LIMITS_TABLE")
