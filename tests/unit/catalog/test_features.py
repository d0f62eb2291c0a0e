"""Presets keep the caller's words, and the views show what may be ordered."""

import pytest
from pydantic import ValidationError

from easel.catalog import planning, views
from easel.catalog.model import Feature
from easel.errors import InvalidRequest, UnsupportedOption
from easel.policy import Policy
from easel.settings import ProviderSettings
from tests.support.plans import BOTH, NOW, at, planned

WORDS = 'A cat in a {hat} with "Purr" written on it'


@pytest.mark.parametrize("feature_id", sorted(planning.load().features))
def test_every_feature_keeps_the_callers_words_whole(feature_id: str) -> None:
    feature = planning.load().features[feature_id]
    for mode in feature.modes:
        references = ["a"] if mode == "image_to_image" else None

        plan = planned(feature_id=feature_id, mode=mode, prompt=WORDS, references=references)

        assert plan.effective_prompt.count(WORDS) == 1
        assert len(plan.effective_prompt) > len(WORDS) + 200
        assert plan.feature_id == feature_id


def test_there_are_enough_presets() -> None:
    assert "ai-baby-image" in planning.load().features
    assert len(planning.load().features) >= 6


def test_photos_of_people_change_what_the_baby_portrait_is_told() -> None:
    drawn = planned(feature_id="ai-baby-image").effective_prompt
    follows = planned(feature_id="ai-baby-image", references=["a", "b"]).effective_prompt

    assert "could be theirs" in follows
    assert "could be theirs" not in drawn


def test_a_features_defaults_give_way_to_the_request() -> None:
    logo = planned(feature_id="logo")
    assert (logo.quality, logo.background, logo.output_format) == ("high", "transparent", "png")

    mine = planned(feature_id="logo", quality="low", background="opaque", output_format="jpeg")

    assert (mine.quality, mine.background, mine.output_format) == ("low", "opaque", "jpeg")
    assert planned(feature_id="poster").height > planned(feature_id="poster").width
    assert planned(feature_id="poster", size="1024x1024").width == 1024


def test_a_feature_for_one_mode_refuses_the_other() -> None:
    with pytest.raises(UnsupportedOption, match="is for text_to_image"):
        planned(feature_id="logo", references=["a"], mode="image_to_image")
    with pytest.raises(InvalidRequest, match="takes no references"):
        planned(feature_id="logo", references=["a"])
    with pytest.raises(InvalidRequest, match="needs at least one reference"):
        planned(feature_id="restore-photo")


def test_a_prompt_that_grows_too_long_in_its_template_is_refused() -> None:
    with pytest.raises(UnsupportedOption, match="32,000 characters"):
        planned(feature_id="poster", prompt="x" * 32_000)


def test_a_template_that_drops_the_prompt_is_not_a_template() -> None:
    with pytest.raises(ValidationError, match="exactly once"):
        Feature(title="t", description="d", template="nothing of the caller's")


def test_the_models_view_shows_what_this_stage_can_make_and_for_how_much() -> None:
    view = views.models_view(planning.load(), providers=BOTH, policy=Policy(), now=NOW)

    models = {model["id"]: model for model in view["models"]}
    assert {"size": "1024x1024", "quality": "medium", "credits": 6} in models["gpt-image-2"]["prices"]
    assert models["gpt-image-1.5"]["until"] == "2026-12-01"
    assert "dall-e-3" not in models
    assert {"id": "dall-e-3", "until": "2026-05-12", "servedBy": "gpt-image-2"} in view["retired"]


def test_a_stage_that_shows_no_previews_offers_none() -> None:
    view = views.models_view(planning.load(), providers=BOTH, policy=Policy(), now=NOW, previews=False)

    assert {model["previewsMax"] for model in view["models"]} == {0}


def test_the_models_view_follows_the_clock_and_the_stage() -> None:
    later = views.models_view(planning.load(), providers=BOTH, policy=Policy(), now=at("2026-12-01T00:00:00"))
    mine = views.models_view(
        planning.load(), providers={"openai_compatible": ProviderSettings(model="mine")}, policy=Policy(), now=NOW
    )

    assert "gpt-image-1.5" not in {model["id"] for model in later["models"]}
    assert "gpt-image-1.5" in {model["id"] for model in later["retired"]}
    assert [model["id"] for model in mine["models"]] == ["compatible"]


def test_the_features_view_names_modes_and_model() -> None:
    view = views.features_view(planning.load(), policy=Policy())

    baby = next(feature for feature in view["features"] if feature["id"] == "ai-baby-image")
    assert baby["modes"] == ["text_to_image", "image_to_image"]
    assert baby["modelId"] == "gpt-image-2"
    assert "{prompt}" in baby["template"]
