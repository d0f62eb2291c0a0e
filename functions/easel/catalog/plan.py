"""What a request comes to: the route, the size, the price. Pure; made by `catalog`, kept on the job."""

from typing import Any, Literal

from easel.records import Record

Mode = Literal["text_to_image", "image_to_image"]


class Step(Record):
    """One provider of a route, with what an image costs there.

    `credits_per_image` is the most that the owner pays for an image made here; `worst_micros_per_image` is the most it
    can cost the operator, in micro-dollars; `upstream` is the provider's own name for the model. Where a prompt or
    references may cost less than was held for them, `least_credits_per_image` is what is paid at least, and
    `credit_cost_micros` how much of a known cost one credit covers.
    """

    provider: str
    model: str
    upstream: str
    credits_per_image: int
    worst_micros_per_image: int
    least_credits_per_image: int | None = None
    credit_cost_micros: int | None = None
    images_per_call: int = 1
    width: int
    height: int
    warnings: tuple[str, ...] = ()

    def expected_credits(self, images: int) -> int:
        """What so many images made here come to, unless what is sent in turns out dearer than it mostly is."""
        each = self.credits_per_image if self.least_credits_per_image is None else self.least_credits_per_image
        return each * images

    def credits_for(self, images: int, cost_micros: int | None) -> int:
        """What so many images are charged that cost so much together; where nobody knows (None), the most."""
        most = self.credits_per_image * images
        if self.least_credits_per_image is None or self.credit_cost_micros is None or cost_micros is None:
            return most
        return min(most, max(self.least_credits_per_image * images, -(-cost_micros // self.credit_cost_micros)))


class Plan(Record):
    """A request made exact: which model, which pixels, which providers in which order, for how much.

    `quote` is whole credits and the most that is ever charged: the dearest step times `n`. Sizes may differ by
    step where a provider has few; `width` and `height` are the first step's, and so are some of the `warnings`.
    """

    mode: Mode
    model_id: str
    requested_model_id: str
    feature_id: str | None = None
    effective_prompt: str
    n: int = 1
    width: int
    height: int
    quality: str
    output_format: str = "png"
    output_compression: int | None = None
    background: str | None = None
    previews: int = 0
    route: tuple[Step, ...]
    quote: int
    warnings: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """What a job keeps of it under the same names: all but the prompt and the price."""
        return {name: getattr(self, name) for name in Plan.model_fields if name not in {"effective_prompt", "quote"}}
