"""Who is asked, in which order, and what it costs."""

from itertools import product
from typing import Any

import pytest

from easel.catalog import planning
from easel.catalog.prices import MegapixelPrice
from easel.catalog.sizes import Size
from easel.errors import CallerError
from easel.policy import Policy
from easel.settings import ProviderSettings
from tests.support.plans import BOTH, NOTE, planned

EVERY = {
    name: ProviderSettings(model="its-model")
    for name in ("openai", "azure_openai", "bedrock", "fal", "gemini", "openai_compatible")
}
SHAPES: tuple[dict[str, str], ...] = (
    {},
    {"aspect_ratio": "3:2"},
    {"resolution": "2k"},
    {"resolution": "4k"},
    {"size": "1536x1024"},
)


def the_route(**asked: Any) -> list[str]:
    return [step.provider for step in planned(**asked).route]


def test_a_named_provider_is_first_and_without_fallback_the_only_one() -> None:
    assert the_route(provider="openai_compatible") == ["openai_compatible", "openai"]
    assert the_route(provider="openai", fallback=False) == ["openai"]
    assert the_route(fallback=False) == ["openai"]


def test_providers_that_are_not_set_up_are_in_no_route() -> None:
    assert the_route(providers={"openai": ProviderSettings()}) == ["openai"]


def test_a_provider_of_ones_own_without_a_model_is_in_no_route() -> None:
    assert the_route(providers={**BOTH, "openai_compatible": ProviderSettings(base_url="http://x/v1")}) == ["openai"]


def test_a_substitute_for_a_model_nobody_here_serves_is_said() -> None:
    plan = planned(providers={"openai_compatible": BOTH["openai_compatible"]})

    assert [step.model for step in plan.route] == ["compatible"]
    assert "no provider of gpt-image-2 is set up here; compatible of openai_compatible makes this" in plan.warnings


def test_a_stand_in_that_cannot_do_the_job_is_left_out() -> None:
    assert the_route(resolution="2k") == ["openai"]
    assert the_route(background="transparent") == ["openai"]
    assert the_route(model_id="gpt-image-2.5-flare", quality="max") == ["openai"]
    assert the_route(size="1600x1200") == ["openai"]
    assert the_route(aspect_ratio="3:1") == ["openai"]


def test_a_stand_in_with_few_sizes_draws_the_nearest_and_says_so_on_its_step() -> None:
    plan = planned(aspect_ratio="16:9")

    assert (plan.width, plan.height) == (1536, 864)
    second = plan.route[1]
    assert (second.width, second.height) == (1536, 1024)
    assert second.warnings == ("compatible has no 16:9; 1536x1024 is the nearest it draws",)
    assert plan.warnings == (NOTE,)


def test_references_leave_the_first_provider_only_if_the_stage_allows() -> None:
    assert the_route(references=["a"]) == ["openai"]
    allowing = Policy(references_may_leave_first_provider=True)
    assert the_route(references=["a"], policy=allowing) == ["openai", "openai_compatible"]


def test_economy_asks_the_cheapest_first_and_a_named_provider_before_that() -> None:
    assert the_route(priority="economy") == ["openai_compatible", "openai"]
    assert the_route(priority="economy", provider="openai") == ["openai", "openai_compatible"]
    assert the_route(priority="economy", quality="low") == ["openai", "openai_compatible"]


def test_economy_never_swaps_the_model_at_its_own_provider() -> None:
    plan = planned(model_id="gpt-image-2.6-flare", priority="economy")

    assert [step.model for step in plan.route] == ["compatible", "gpt-image-2.6-flare"]


def test_the_operator_may_put_a_provider_first() -> None:
    mine = Policy(default_provider="openai_compatible")

    assert the_route(policy=mine) == ["openai_compatible", "openai"]
    assert the_route(policy=mine, provider="openai") == ["openai", "openai_compatible"]
    assert the_route(policy=mine, model_id="gpt-image-2.5-flare", aspect_ratio="2:1") == ["openai"]


def test_the_quote_is_the_dearest_step_times_n() -> None:
    plan = planned(quality="low", n=3)

    assert [step.credits_per_image for step in plan.route] == [1, 4]
    assert plan.quote == 12


def test_a_margin_and_the_worth_of_a_credit_are_the_operators() -> None:
    assert planned(policy=Policy(margin_percent=50)).quote == 8
    assert planned(policy=Policy(credit_micros=1_000)).quote == 53


def test_long_prompts_and_references_are_in_the_quote() -> None:
    assert planned(fallback=False).quote == 6
    assert planned(fallback=False, prompt="lighthouse " * 2_900).quote == 22
    assert planned(fallback=False, references=["a", "b"]).quote == 17


def test_what_is_held_for_inputs_says_what_is_paid_at_least() -> None:
    plain = planned(fallback=False).route[0]
    wordy = planned(fallback=False, prompt="lighthouse " * 2_900).route[0]
    edit = planned(fallback=False, references=["a", "b"]).route[0]
    dear = planned(fallback=False, references=["a"], policy=Policy(margin_percent=100)).route[0]

    assert (plain.credits_per_image, plain.least_credits_per_image) == (6, None)
    assert (wordy.credits_per_image, wordy.least_credits_per_image) == (22, 11)
    assert (edit.credits_per_image, edit.least_credits_per_image, edit.credit_cost_micros) == (17, 8, 10_000)
    assert dear.credit_cost_micros == 5_000


@pytest.mark.parametrize("overlay", ["mask", "markup"])
def test_a_mask_or_a_markup_is_an_image_sent_in_like_a_reference(overlay: str) -> None:
    fields: dict[str, Any] = {"fallback": False, "model_id": "gpt-image-2.5-sunburst"}
    drawn: dict[str, Any] = {overlay: "m"}
    with_overlay = planned(**fields, references=["a"], **drawn).route[0]

    assert with_overlay.credits_per_image == planned(**fields, references=["a", "b"]).route[0].credits_per_image


def test_no_model_sells_an_image_below_what_it_costs_with_all_that_may_be_sent_in() -> None:
    catalog, policy, seen = planning.load(), Policy(), 0
    for model_id, model in catalog.models.items():
        for offer in model.offers:
            family, price = catalog.family_at(model_id, offer), catalog.price(model_id, offer)
            for quality, size, references in product(family.qualities, SHAPES, sorted({0, 1, family.references_max})):
                sent: dict[str, Any] = {
                    "references": ["r"] * references,
                    "prompt": "\U0001f3e0" * 400,
                    "fallback": False,
                    **size,
                }
                try:
                    plan = planned(
                        model_id=model_id,
                        quality=quality,
                        provider=offer.provider,
                        providers=EVERY,
                        policy=policy,
                        **sent,
                    )
                except CallerError:
                    continue  # not this model's: no legal request
                step = plan.route[0]
                if (step.provider, step.model) != (offer.provider, model_id):
                    continue
                rates, cost = price.rates, price.output_micros(Size(step.width, step.height), quality)
                if rates:
                    cost += 1_600 * rates.text_in + references * rates.reference_tokens_worst * rates.image_in
                elif isinstance(price, MegapixelPrice):
                    cost += references * price.reference_micros(4 * 1024 * 1024)
                assert step.credits_per_image * policy.credit_micros >= cost, (model_id, offer, quality, size)
                seen += 1
    assert seen > 100


def test_the_worst_case_is_never_below_what_is_expected() -> None:
    for quality in ("low", "medium", "high", "xhigh", "max"):
        step = planned(model_id="gpt-image-2.6-flare", quality=quality).route[0]
        assert step.worst_micros_per_image >= 210_000
        assert step.credits_per_image * 10_000 <= step.worst_micros_per_image + 10_000


def test_providers_that_make_one_image_a_call_say_so() -> None:
    assert [step.images_per_call for step in planned(n=4).route] == [10, 1]
