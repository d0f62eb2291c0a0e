"""Which model a request means and what it may ask of it."""

from typing import Any

import pytest

from easel.catalog import planning
from easel.errors import CallerError, InvalidRequest, UnknownModel, UnsupportedOption
from easel.http.bodies import check
from easel.policy import Policy
from easel.submission.request import JobRequest, QuickRequest
from tests.support.plans import BOTH, NOTE, NOW, at, planned

CAMERA = {
    "prompt": "Editorial product shot of a silver camera on a soft gray desk, crisp studio lighting, premium ad style",
    "provider": "openai",
    "modelId": "dall-e-3",
    "aspectRatio": "1:1",
}
MOON = {
    "prompt": "Minimalist poster of a moonlit city skyline, clean contrast, cinematic mood",
    "provider": "openai",
    "modelId": "dall-e-3",
    "aspectRatio": "3:2",
}
LAMP = {
    "featureId": "ai-baby-image",
    "mode": "text_to_image",
    "modelId": "gpt-image-2-t2i",
    "prompt": "Premium product render of a ceramic lamp on a walnut side table, warm interior lighting",
    "aspectRatio": "1:1",
}


@pytest.mark.parametrize(
    ("kind", "body", "size", "credits"),
    [
        (QuickRequest, CAMERA, (1024, 1024), 6),
        (QuickRequest, MOON, (1536, 1024), 5),
        (JobRequest, LAMP, (1024, 1024), 6),
    ],
)
def test_the_contracts_bodies_come_to_what_the_contract_says(
    kind: type[JobRequest], body: dict[str, Any], size: tuple[int, int], credits: int
) -> None:
    ask = check(kind, body)

    plan = planning.plan(ask, catalog=planning.load(), providers=BOTH, policy=Policy(), now=NOW)

    assert (plan.width, plan.height) == size
    assert (plan.model_id, plan.requested_model_id) == ("gpt-image-2", body["modelId"])
    assert plan.quote == credits
    assert ask.prompt in plan.effective_prompt
    assert [step.provider for step in plan.route] == ["openai", "openai_compatible"]


def test_a_retired_name_is_served_by_its_replacement_and_said() -> None:
    plan = planned(model_id="dall-e-3")

    assert plan.model_id == "gpt-image-2"
    assert plan.warnings == ("dall-e-3 was retired on 2026-05-12; gpt-image-2 served this", NOTE)


@pytest.mark.parametrize(
    ("name", "replacement"),
    [
        ("gpt-image-1.5", "gpt-image-2.5-sunburst"),
        ("gpt-image-1-mini", "gpt-image-2.5-flare"),
        ("chatgpt-image-latest", "gpt-image-2.5-sunburst"),
    ],
)
def test_three_models_die_on_the_first_of_december_by_the_clock_alone(name: str, replacement: str) -> None:
    before = planned(model_id=name, now=at("2026-11-30T23:59:59.999"))
    after = planned(model_id=name, now=at("2026-12-01T00:00:00"))

    assert (before.model_id, before.route[0].upstream) == (name, name)
    assert f"{name} retires on 2026-12-01; {replacement} serves its name then" in before.warnings
    assert (after.model_id, after.route[0].upstream) == (replacement, replacement)
    assert f"{name} was retired on 2026-12-01; {replacement} served this" in after.warnings


def test_what_a_retired_name_cannot_do_is_measured_by_its_replacement() -> None:
    assert planned(model_id="gpt-image-1.5", resolution="2k", now=at("2026-12-02T00:00:00")).width == 2048
    with pytest.raises(UnsupportedOption, match="it has resolution 1k, not '2k'"):
        planned(model_id="gpt-image-1.5", resolution="2k")


@pytest.mark.parametrize("name", ["imagen-2", "gpt-image-3", "zzz", "GPT-IMAGE-2", ""])
def test_an_unknown_model_names_its_neighbours(name: str) -> None:
    with pytest.raises(UnknownModel) as refusal:
        planned(model_id=name)

    assert refusal.value.errors[0][0] == "modelId"
    assert "gpt-image-2" in refusal.value.facts["near"]


def test_imagen_is_said_to_be_somebody_elses() -> None:
    with pytest.raises(UnknownModel, match="Imagen is another company's family"):
        planned(model_id="imagen-2")


def test_a_suffix_means_the_mode_and_a_clash_is_refused() -> None:
    assert planned(model_id="gpt-image-2-i2i", references=["a"]).mode == "image_to_image"
    assert planned(model_id="gpt-image-2-t2i").requested_model_id == "gpt-image-2-t2i"
    with pytest.raises(InvalidRequest, match="means image_to_image, mode says text_to_image"):
        planned(model_id="gpt-image-2-i2i", mode="text_to_image", references=["a"])


def test_a_provider_is_served_by_a_model_of_its_own_when_none_is_named() -> None:
    plan = planned(provider="openai_compatible")

    assert plan.model_id == "compatible"
    assert [(step.provider, step.upstream) for step in plan.route] == [
        ("openai_compatible", "sketch"),
        ("openai", "gpt-image-2"),
    ]


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"provider": "openai_compatible", "model_id": "gpt-image-2"}, "provider", "does not serve gpt-image-2"),
        ({"provider": "fal"}, "provider", "no provider 'fal' is set up here; there is openai, openai_compatible"),
        ({"feature_id": "ai-baby"}, "featureId", "did you mean ai-baby-image"),
        ({"feature_id": "cartoon"}, "featureId", "no feature 'cartoon'; there is "),
        ({"mode": "image_to_image"}, "references", "at least one reference"),
        ({"mode": "text_to_image", "references": ["a"]}, "references", "takes no references"),
        ({"mode": "video"}, "mode", "text_to_image or image_to_image"),
        ({"mask": "m"}, "mask", "needs a reference"),
        ({"size": "1024x1024", "aspect_ratio": "1:1"}, "aspectRatio", "cannot both be sent"),
        ({"size": "1024x1024", "resolution": "4k"}, "resolution", "cannot both be sent"),
        ({"size": "auto"}, "size", "WIDTHxHEIGHT"),
        ({"aspect_ratio": "4:1"}, "aspectRatio", "from 1:3 to 3:1"),
        ({"resolution": "8k"}, "resolution", "1k, 2k, 4k"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field(asked: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words) as refusal:
        planned(**asked)

    assert refusal.value.errors[0][0] == field


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"quality": "max"}, "quality", "low, medium, high, not 'max'"),
        ({"quality": "auto"}, "quality", "not 'auto'"),
        ({"output_format": "gif"}, "outputFormat", "png, jpeg, webp, not 'gif'"),
        ({"background": "transparent", "output_format": "jpeg"}, "background", "needs outputFormat png or webp"),
        ({"output_compression": 50}, "outputCompression", "needs outputFormat jpeg or webp"),
        ({"provider": "openai_compatible", "background": "transparent"}, "background", "auto, opaque"),
        ({"n": 11}, "n", "1 to 10 images, not 11"),
        ({"n": 0}, "n", "not 0"),
        ({"references": ["a"] * 17}, "references", "at most 16 references, not 17"),
        ({"size": "512x512"}, "size", "1024x1024 would do, 512x512 does not"),
        ({"size": "1920x1080"}, "size", "1920x1088 would do"),
        ({"model_id": "gpt-image-1.5", "size": "2048x2048"}, "size", "1024x1024, 1536x1024, 1024x1536"),
        ({"prompt": "x" * 32_001}, "prompt", "32,000 characters, not 32,001"),
    ],
)
def test_what_the_model_cannot_do_is_refused_with_what_it_has(asked: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(UnsupportedOption, match=words) as refusal:
        planned(**asked)

    assert refusal.value.errors[0][0] == field


def test_newer_models_have_more_qualities_and_old_ones_fewer_sizes() -> None:
    assert planned(model_id="gpt-image-2.5-flare", quality="max").quality == "max"

    plan = planned(model_id="gpt-image-1.5", aspect_ratio="16:9")

    assert (plan.width, plan.height) == (1536, 1024)
    assert "gpt-image-1.5 has no 16:9; 1536x1024 is the nearest it draws" in plan.warnings


def test_defaults_are_the_stages_and_everything_is_explicit() -> None:
    plan = planned(policy=Policy(default_model="gpt-image-2.5-flare"))

    assert (plan.model_id, plan.requested_model_id) == ("gpt-image-2.5-flare", "gpt-image-2.5-flare")
    assert (plan.quality, plan.output_format, plan.n, plan.mode) == ("medium", "png", 1, "text_to_image")


def test_references_alone_mean_editing() -> None:
    assert planned(references=["a"]).mode == "image_to_image"


def test_a_request_that_fits_no_model_is_a_callers_error_whatever_it_is() -> None:
    with pytest.raises(CallerError):
        planned(providers={})


def test_a_sentence_that_asks_ends_once() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        planned(feature_id="ai-baby")

    assert refusal.value.detail.endswith("did you mean ai-baby-image?")
