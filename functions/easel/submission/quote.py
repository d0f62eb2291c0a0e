"""What a job would cost, before it is started: planned as a start plans it, and nothing is held, counted or read."""

from dataclasses import dataclass

from pydantic import Field

from easel.catalog import planning
from easel.catalog.plan import Mode, Plan, Step
from easel.catalog.sizes import Size
from easel.clock import Clock
from easel.schemas import View
from easel.submission.admission import Admission
from easel.submission.request import PROMPT_CHARS_MAX, JobRequest


class QuoteStepView(View):
    """A provider that may make the images, with what they cost if it makes all of them."""

    provider: str = Field(description="who is asked; the first one first, the next where it cannot")
    model: str = Field(description="the model that makes them there")
    size: str = Field(description="what it draws, as WxH in pixels")
    expected: int = Field(description="whole credits, as it mostly is")
    at_most: int = Field(description="whole credits; more than `expected` where prompt or references may cost more")


class QuoteView(View):
    """What a job would cost and who would make it; starting the same request at once holds `atMost`."""

    expected: int = Field(
        description="whole credits: what is charged where the first provider makes all images, and counts no more for"
        " prompt and references than it mostly does"
    )
    at_most: int = Field(description="whole credits: what a start holds, and the most that is ever charged")
    n: int = Field(description="how many images that is for")
    size: str = Field(description="what the first provider draws, as WxH in pixels")
    quality: str = Field(description="as it will be asked for")
    mode: Mode = Field(description="whether it would be made from text alone or from references")
    model_id: str = Field(description="the model that would serve the job")
    requested_model_id: str = Field(description="the model that was named; another one where that is retired")
    prompt_characters: int = Field(description="the length of what the provider is asked, with the feature's template")
    prompt_characters_left: int = Field(description="how many more the prompt may have with this model")
    route: tuple[QuoteStepView, ...] = Field(
        description="who may be asked, in order; with `fallback` false only the first"
    )
    warnings: tuple[str, ...] = Field(description="what would be done otherwise than asked, each in a sentence")


@dataclass(frozen=True)
class Quote:
    """Tells prices before they are held."""

    admission: Admission
    clock: Clock

    def __call__(self, ask: JobRequest) -> QuoteView:
        """The price of a request and its route. Raises the CallerError that planning a start would raise."""
        return quote_view(ask, self.admission.plan(ask, now=self.clock.now()))


def quote_view(ask: JobRequest, plan: Plan) -> QuoteView:
    """A plan as callers are told of it."""
    asked = len(plan.effective_prompt)
    most = planning.load().family(plan.model_id).prompt_chars_max
    return QuoteView(
        expected=plan.route[0].expected_credits(plan.n),
        at_most=plan.quote,
        n=plan.n,
        size=str(Size(plan.width, plan.height)),
        quality=plan.quality,
        mode=plan.mode,
        model_id=plan.model_id,
        requested_model_id=plan.requested_model_id,
        prompt_characters=asked,
        prompt_characters_left=min(most - asked, PROMPT_CHARS_MAX - len(ask.prompt)),
        route=tuple(_step(step, plan.n) for step in plan.route),
        warnings=plan.warnings,
    )


def _step(step: Step, images: int) -> QuoteStepView:
    return QuoteStepView(
        provider=step.provider,
        model=step.model,
        size=str(Size(step.width, step.height)),
        expected=step.expected_credits(images),
        at_most=step.credits_per_image * images,
    )
