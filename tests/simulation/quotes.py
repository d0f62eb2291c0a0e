"""A price told beforehand holds: a start sets aside what was quoted at most, and no charge is ever above it.

Random requests, each quoted, started and made by providers that fail as they like. Where nothing fails and nobody
counts more than is usual, the charge is what was expected, to the credit.
"""

import base64
import logging
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from easel.catalog.plan import Step
from easel.errors import CallerError
from easel.jobs.model import Job
from easel.providers.errors import ProviderBusy, ProviderError, ProviderUnavailable
from easel.providers.protocol import Made, Order
from easel.submission.quote import QuoteView
from tests.support.fakes import FakeProvider, only, pictures, png
from tests.support.quick_world import a_quick_world
from tests.support.report import Figures, sabotaged, scale
from tests.support.requests import a_job_request
from tests.support.world import World

REQUESTS = 600
PROVIDERS = ("openai", "fal", "gemini", "openai_compatible")
MODELS = (None, "gpt-image-2", "gpt-image-2.5", "gpt-image-1-mini", "flux-2-turbo", "gemini-3-pro-image", "dall-e-3")
PICTURE = {"data": f"data:image/png;base64,{base64.b64encode(png()).decode()}"}
REACHED = (
    "started",
    "refused alike",
    "dearer than expected",
    "made as expected",
    "fell over",
    "charged above expected",
)
Behaviour = ProviderError | Callable[[Order], Made]


@dataclass
class Sale:
    """One request: what was told of its price, and what it came to."""

    wish: dict[str, Any]
    quoted: QuoteView
    job: Job
    faults: bool


@contextmanager
def a_market() -> Iterator[World]:
    """A world with several providers, and more credits than anybody can spend."""
    with a_quick_world(providers={name: FakeProvider() for name in PROVIDERS}) as world:
        world.allowing(owner_per_minute=100_000, daily_cap_micros=10**12, jobs_in_flight=1_000)
        world.give(amount=10_000_000)
        yield world


def a_wish(draw: random.Random) -> dict[str, Any]:
    """A request that may or may not be possible here."""
    references = draw.choice((0, 0, 0, 1, 3))
    chosen = {
        "modelId": draw.choice(MODELS),
        "provider": draw.choice((None, None, *PROVIDERS)),
        "fallback": draw.choice((None, True, False)),
        "aspectRatio": draw.choice((None, "1:1", "16:9", "2:3")),
        "resolution": draw.choice((None, None, "1k", "2k")),
        "quality": draw.choice((None, "low", "medium", "high")),
        "n": draw.choice((None, 1, 2, 4, 10)),
        "priority": draw.choice((None, "quality", "economy")),
        "outputFormat": draw.choice((None, "png", "webp")),
        "references": [PICTURE] * references or None,
    }
    sent = {name: value for name, value in chosen.items() if value is not None}
    return {"prompt": "a lamp " * draw.choice((1, 20, 400, 4_000)), **sent}


def sell(world: World, draw: random.Random, figures: Figures) -> None:
    """One request from its quote to its end, and everything that must hold of it."""
    wish, faults = a_wish(draw), draw.random() < 0.6
    try:
        quoted = _quoted(world, wish)
    except CallerError as refusal:
        figures.blame(_started_anyway(world, wish, refusal), wish)
        figures.reached["refused alike"] += 1
        return
    job = world.begin(**wish).job
    for provider in world.providers.values():
        provider.script[:] = _faults(job, draw) if faults else [_costing(_usual(job.route[0]))] * 20
    sale = Sale(wish, quoted, world.run(job.id), faults)
    world.clock.forward(3_600)  # breakers close again
    figures.runs += 1
    figures.reached["started"] += 1
    figures.blame(broken(sale), {**wish, "prompt": len(wish["prompt"]), "references": len(wish.get("references", ()))})
    _tell(sale, figures)


def broken(sale: Sale) -> Iterator[str]:
    """What a sale breaks of its quote."""
    quoted, job = sale.quoted, sale.job
    if job.held != quoted.at_most:
        yield "held otherwise than quoted"
    if job.charged > quoted.at_most:
        yield "charged above the quote"
    if job.charged + job.returned != job.held:
        yield "what was held is not all accounted for"
    if not sale.faults and job.charged != quoted.expected:
        yield "charged otherwise than expected, though nothing fell over"
    if [(step.provider, step.model) for step in job.route] != [(step.provider, step.model) for step in quoted.route]:
        yield "another route than quoted"


def _quoted(world: World, wish: dict[str, Any]) -> QuoteView:
    quoted = world.quote(a_job_request(wish))
    if sabotaged():  # the price of the named model alone, as pages like to show it
        return quoted.model_copy(update={"at_most": quoted.route[0].at_most})
    return quoted


def _started_anyway(world: World, wish: dict[str, Any], refusal: CallerError) -> Iterator[str]:
    try:
        world.begin(**wish)
    except CallerError as other:
        if type(other) is not type(refusal):
            yield f"quote refuses with {refusal.code}, start with {other.code}"
    else:
        yield "started, and could not be quoted"


def _tell(sale: Sale, figures: Figures) -> None:
    quoted, job = sale.quoted, sale.job
    figures.reached["dearer than expected"] += quoted.at_most > quoted.expected
    figures.reached["made as expected"] += not sale.faults and job.charged == quoted.expected
    figures.reached["fell over"] += len({attempt.provider for attempt in job.attempts}) > 1
    figures.reached["charged above expected"] += job.charged > quoted.expected


def _faults(job: Job, draw: random.Random) -> list[Behaviour]:
    worst = max(step.worst_micros_per_image for step in job.route)
    faults: list[Behaviour] = [
        ProviderUnavailable("down"),
        ProviderUnavailable("down", paid=True),
        ProviderBusy("busy", retry_after_seconds=1),
        only(1),
        _costing(lambda _: None),
        _costing(lambda images: worst * images),
    ]
    return draw.choices(faults, k=draw.randint(0, 4))


def _usual(step: Step) -> Callable[[int], int | None]:
    """The most that so many images cost without passing what they mostly do."""
    if step.least_credits_per_image is None or step.credit_cost_micros is None:
        return lambda _: None
    most = step.least_credits_per_image * step.credit_cost_micros
    return lambda images: most * images


def _costing(micros: Callable[[int], int | None]) -> Callable[[Order], Made]:
    return lambda order: replace(pictures(order), cost_micros=micros(order.n))


def sold(requests: int) -> Figures:
    """So many random requests."""
    figures = Figures()
    with a_market() as world:
        for number in range(requests):
            sell(world, random.Random(f"quotes {number}"), figures)  # noqa: S311 - a fixed draw, nothing secret
    return figures


def main() -> int:
    """Run it; SCALE=0.01 is a slice, SABOTAGE=1 quotes the named model alone and must fail."""
    logging.disable(logging.CRITICAL)
    return sold(max(20, round(REQUESTS * scale()))).close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
