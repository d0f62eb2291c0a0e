"""What prices would be under another margin or credit, and what the last week would have earned."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from easel.catalog import planning, prices
from easel.catalog.sizes import Size
from easel.clock import SystemClock
from easel.jobs.model import Job
from easel.policy import Policy
from easel.settings import ProviderSettings

SIZES = (Size(1024, 1024), Size(1536, 1024))


@dataclass(frozen=True)
class Terms:
    """How a cost becomes credits: the margin in percent, and what a credit stands for in micro-dollars."""

    margin_percent: int
    credit_micros: int

    def credits(self, micros: int) -> int:
        """Whole credits for one image of that cost."""
        return prices.credits_for(micros, margin_percent=self.margin_percent, credit_micros=self.credit_micros)


def terms_of(policy: Policy) -> Terms:
    """Those of a stage."""
    return Terms(policy.margin_percent, policy.credit_micros)


def quotes(settings: dict[str, ProviderSettings], now: Terms, then: Terms, model: str | None) -> list[dict[str, Any]]:
    """Each model, provider, size and quality: its cost, and its credits and dollars now and then."""
    catalog, today = planning.load(), SystemClock().now()
    found = []
    for model_id, each in catalog.models.items():
        if model not in (None, model_id) or not each.alive(today):
            continue
        for offer in catalog.offers(model_id, settings):
            price = catalog.price(model_id, offer)
            for quality in catalog.family_at(model_id, offer).qualities:
                for size in SIZES:
                    cost = prices.quoted_micros(price, prices.PricedImage(size, quality))
                    found.append(_quote(model_id, offer.provider, size, quality, cost, now, then))
    return found


def _quote(model: str, provider: str, size: Size, quality: str, cost: int, now: Terms, then: Terms) -> dict[str, Any]:
    before, after = now.credits(cost), then.credits(cost)
    return {
        "model": model,
        "provider": provider,
        "size": str(size),
        "quality": quality,
        "costMicros": cost,
        "credits": before,
        "priceMicros": before * now.credit_micros,
        "creditsThen": after,
        "priceMicrosThen": after * then.credit_micros,
        "changes": before != after or now.credit_micros != then.credit_micros,
        "marginMicrosThen": after * then.credit_micros - cost,
    }


def earned(jobs: Iterable[Job], now: Terms, then: Terms) -> dict[str, int]:
    """What these jobs cost, brought in, and would have brought in, in micro-dollars.

    Reckoned from what their calls cost, image by image, prompt and references included.
    """
    cost = income = would = images = 0
    for job in jobs:
        delivered = len(job.delivered())
        cost += job.cost_micros()
        income += (job.charged - job.refunded) * now.credit_micros
        images += delivered
        if delivered and job.charged:
            would += then.credits(-(-job.cost_micros() // delivered)) * delivered * then.credit_micros
    return {"images": images, "costMicros": cost, "incomeMicros": income, "incomeMicrosThen": would}
