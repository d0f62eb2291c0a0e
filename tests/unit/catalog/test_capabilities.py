"""Which providers a job's route holds: those that serve the model here and can do this very job."""

from typing import Any

import pytest

from easel.catalog import planning, prices
from easel.catalog.sizes import Size
from easel.errors import CallerError, UnsupportedOption
from easel.policy import Policy
from easel.settings import ProviderSettings
from tests.support.plans import at, planned

ALL = {
    "openai": ProviderSettings(),
    "azure_openai": ProviderSettings(base_url="https://a.example", model="mine", serves=("gpt-image-2",)),
    "gemini": ProviderSettings(),
    "bedrock": ProviderSettings(region="us-west-2"),
    "fal": ProviderSettings(),
}
LEAVING = Policy(references_may_leave_first_provider=True)


def the_route(providers: Any = None, **asked: Any) -> list[tuple[str, str]]:
    return [(step.provider, step.upstream) for step in planned(providers=providers or ALL, **asked).route]


def test_the_same_model_elsewhere_comes_before_another_model() -> None:
    assert the_route() == [
        ("openai", "gpt-image-2"),
        ("azure_openai", "mine"),
        ("fal", "openai/gpt-image-2"),
        ("gemini", "gemini-nano-banana-2.1"),
        ("bedrock", "stability.sd3-5-large-v1:0"),
    ]


def test_the_stages_order_is_the_order() -> None:
    turned = dict(reversed(ALL.items()))

    assert [provider for provider, _ in the_route(turned)] == ["fal", "azure_openai", "openai", "bedrock", "gemini"]


@pytest.mark.parametrize(
    ("asked", "able"),
    [
        ({"background": "transparent"}, {"openai", "azure_openai"}),
        ({"output_format": "webp"}, {"openai", "fal"}),
        ({"output_format": "jpeg", "output_compression": 80}, {"openai", "azure_openai"}),
        ({"quality": "max", "model_id": "gpt-image-2.5-flare"}, {"openai"}),
        ({"resolution": "4k"}, {"openai", "azure_openai", "fal", "gemini"}),
        ({"references": ["a", "b"], "mask": "m"}, {"openai", "azure_openai"}),
        ({"references": ["a", "b"]}, {"openai", "azure_openai", "fal", "gemini"}),
        ({"references": ["a"]}, {"openai", "azure_openai", "fal", "gemini", "bedrock"}),
        ({"prompt": "x" * 12_000}, {"openai", "azure_openai", "fal", "gemini"}),
        ({"references": ["a"], "markup": "m", "model_id": "gpt-image-2.5-sunburst"}, {"openai"}),
        ({"previews": 2}, {"openai", "azure_openai", "fal", "gemini", "bedrock"}),
    ],
)
def test_a_route_holds_only_who_can_do_this_job(asked: dict[str, Any], able: set[str]) -> None:
    assert {provider for provider, _ in the_route(policy=LEAVING, **asked)} == able


def test_a_provider_that_was_named_and_cannot_is_not_passed_over_in_silence() -> None:
    with pytest.raises(UnsupportedOption, match="gpt-image-2 of azure_openai cannot do that"):
        planned(providers=ALL, provider="azure_openai", output_format="webp")


def test_when_only_others_serve_a_model_what_they_lack_is_said() -> None:
    only = {"fal": ProviderSettings()}

    with pytest.raises(UnsupportedOption, match="gpt-image-2 of fal cannot do that"):
        planned(providers=only, background="transparent")


def test_previews_are_of_models_that_show_them_and_of_one_image() -> None:
    with pytest.raises(UnsupportedOption, match="it shows no previews"):
        planned(providers=ALL, model_id="gemini-3-pro-image", previews=1)
    with pytest.raises(UnsupportedOption, match="n 1"):
        planned(providers=ALL, previews=1, n=2)


def test_previews_are_in_the_price_of_who_shows_them() -> None:
    plain, shown = planned(providers=ALL), planned(providers=ALL, previews=3)

    more = {
        step.provider: step.worst_micros_per_image - before.worst_micros_per_image
        for step, before in zip(shown.route, plain.route, strict=True)
    }
    assert more == {"openai": 9_000, "azure_openai": 9_000, "fal": 0, "gemini": 0, "bedrock": 0}


def test_markup_and_mask_exclude_each_other_and_need_a_reference() -> None:
    for fields in ({"markup": "m"}, {"markup": "m", "mask": "k", "references": ["a"]}):
        with pytest.raises(CallerError, match="markup"):
            planned(providers=ALL, model_id="gpt-image-2.5-flare", **fields)


@pytest.mark.parametrize(
    ("settings", "served"),
    [
        (ProviderSettings(model="mine"), []),
        (ProviderSettings(model="gpt-image-2.5-flare"), ["gpt-image-2.5-flare"]),
        (ProviderSettings(model="mine", serves=("gpt-image-2",)), ["gpt-image-2"]),
        (ProviderSettings(serves=("gpt-image-2",)), []),
    ],
)
def test_a_deployment_serves_the_model_it_is_said_to_be(settings: ProviderSettings, served: list[str]) -> None:
    known = planning.load()

    assert [name for name in known.models if known.offers(name, {"azure_openai": settings})] == served


def test_a_provider_may_be_limited_to_some_of_its_models() -> None:
    known = planning.load()
    here = {"fal": ProviderSettings(serves=("flux-2-turbo",))}

    assert [name for name in known.models if known.offers(name, here)] == ["flux-2-turbo"]


def test_names_that_google_let_go_are_served_by_what_replaced_them() -> None:
    plan = planned(providers=ALL, model_id="gemini-2.5-flash-image")

    assert plan.model_id == "gemini-nano-banana-2.1"
    assert "gemini-2.5-flash-image was retired on 2026-10-02; gemini-nano-banana-2.1 served this" in plan.warnings


@pytest.mark.parametrize("name", ["gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest"])
def test_three_names_change_hands_on_the_first_of_december(name: str) -> None:
    last = planned(providers=ALL, model_id=name, now=at("2026-11-30T23:59:59"))
    first = planned(providers=ALL, model_id=name, now=at("2026-12-01T00:00:00"))

    assert (last.model_id, last.route[0].upstream) == (name, name)
    assert first.model_id.startswith("gpt-image-2.5-")
    assert any("was retired on 2026-12-01" in warning for warning in first.warnings)


def price(provider: str, upstream: str) -> prices.Price:
    found = planning.load().price_of(provider, upstream)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("provider", "upstream", "size", "dollars"),
    [
        ("bedrock", "stability.stable-image-core-v1:1", Size(1024, 1024), 0.04),
        ("bedrock", "stability.sd3-5-large-v1:0", Size(1024, 1024), 0.08),
        ("bedrock", "stability.stable-image-ultra-v1:1", Size(1024, 1024), 0.14),
        ("gemini", "gemini-nano-banana-2.1", Size(1024, 1024), 0.0336),
        ("gemini", "gemini-3-pro-image", Size(1264, 848), 0.1344),
        ("gemini", "gemini-3-pro-image", Size(2048, 2048), 0.1344),
        ("gemini", "gemini-3-pro-image", Size(4096, 4096), 0.24),
        ("fal", "openai/gpt-image-2", Size(1024, 1024), 0.05268),
        ("fal", "fal-ai/flux-2/turbo", Size(1024, 1024), 0.008),
        ("fal", "fal-ai/flux-2/turbo", Size(1536, 1024), 0.016),
        ("fal", "fal-ai/flux-2/turbo", Size(2048, 2048), 0.032),
        ("gemini", "gemini-3.1-flash-lite-image", Size(1024, 1024), 0.0336),
        ("azure_openai", "any-deployment", Size(1024, 1024), 0.05268),
    ],
)
def test_other_providers_prices_are_theirs(provider: str, upstream: str, size: Size, dollars: float) -> None:
    picture = prices.PricedImage(size=size, quality="medium")

    assert prices.expected_micros(price(provider, upstream), picture) == round(dollars * 1_000_000)


def test_a_reference_by_the_megapixel_is_quoted_as_one_and_reserved_as_four() -> None:
    flux = price("fal", "fal-ai/flux-2/turbo")
    edit = prices.PricedImage(size=Size(1024, 1024), quality="medium", references=2)

    assert prices.expected_micros(flux, edit) == 8_000 * (1 + 2 * 1)
    assert prices.worst_micros(flux, edit) == 8_000 * (1 + 2 * 4)


def test_a_model_of_one_resolution_is_not_asked_for_more() -> None:
    with pytest.raises(UnsupportedOption, match="resolution"):
        planned(providers=ALL, model_id="gemini-3.1-flash-lite-image", resolution="2k")


def test_what_gemini_thinks_is_billed_as_text() -> None:
    usage = {"input_tokens": 10, "input_text_tokens": 10, "output_tokens": 1_320, "output_text_tokens": 200}

    assert (
        prices.cost_micros(price("gemini", "gemini-3-pro-image"), usage=usage, images=1) == 20 + 1_120 * 120 + 200 * 12
    )


def test_the_worst_case_is_never_below_what_is_expected_anywhere() -> None:
    for model_id, model in planning.load().models.items():
        for offer in model.offers:
            family = planning.load().family_at(model_id, offer)
            for size in family.sizes.examples():
                picture = prices.PricedImage(size=size, quality=family.qualities[0], prompt_bytes=6, references=1)
                found = planning.load().price(model_id, offer)
                assert prices.worst_micros(found, picture) >= prices.expected_micros(found, picture)


def test_few_sizes_at_several_resolutions_are_chosen_by_shape_first() -> None:
    sizes = planning.load().families["gemini-image"].sizes

    assert str(sizes.nearest(1.0, "1k")) == "1024x1024"
    assert str(sizes.nearest(1.0, "2k")) == "2048x2048"
    assert str(sizes.nearest(16 / 9, "4k")) == "5504x3072"
    assert str(sizes.nearest(2 / 3, "1k")) == "848x1264"
