"""OpenAI's fields as a job's, one by one."""

from typing import Any

import pytest

from easel.errors import CallerError, InvalidRequest, UnsupportedOption
from easel.http.bodies import check
from easel.openai_api.errors import told
from easel.openai_api.form import SentForm
from easel.openai_api.request import EditRequest, GenerationRequest
from easel.openai_api.translate import Stage, Translated, translate
from easel.policy import Policy
from easel.settings import ProviderSettings
from tests.support.fakes import NOON

STAGE = Stage({"openai": ProviderSettings()}, Policy(), NOON)


def translated(kind: type[GenerationRequest] = GenerationRequest, /, **fields: Any) -> Translated:
    return translate(check(kind, {"prompt": "a lamp", **fields}), SentForm(), STAGE)


def refusal(kind: type[GenerationRequest] = GenerationRequest, /, **fields: Any) -> CallerError:
    with pytest.raises(CallerError) as caught:
        translated(kind, **fields)
    return told(caught.value)


def test_what_is_null_or_auto_is_left_to_the_stage() -> None:
    found = translated(n=None, size="auto", quality="auto", model=None, stream=None)

    assert found.ask.model_dump(exclude_unset=True) == {"prompt": "a lamp"}
    assert found.warnings == ()


@pytest.mark.parametrize(("sent", "ours"), [("standard", "medium"), ("hd", "high"), ("xhigh", "xhigh")])
def test_qualities_of_dall_e_have_their_like(sent: str, ours: str) -> None:
    assert translated(quality=sent).ask.quality == ours


@pytest.mark.parametrize(
    ("model", "size", "drawn"),
    [
        ("gpt-image-2", "256x256", "1024x1024"),
        ("gpt-image-2", "512x512", "1024x1024"),
        ("gpt-image-2", "1792x1024", "1792x1024"),
        ("gpt-image-1.5", "1792x1024", "1536x1024"),
        ("dall-e-3", "1024x1792", "1024x1792"),
        (None, "256x256", "1024x1024"),
    ],
)
def test_sizes_of_dall_e_become_the_nearest_that_the_model_draws(model: str | None, size: str, drawn: str) -> None:
    found = translated(model=model, size=size)

    assert found.ask.size == drawn
    assert bool(found.warnings) == (size != drawn)


def test_other_sizes_are_the_models_to_judge() -> None:
    assert translated(size="1920x1088").ask.size == "1920x1088"
    assert refusal(size="big").errors[0][0] == "size"


def test_the_safety_identifier_is_stronger_than_the_user() -> None:
    assert translated(user="ann").ask.safety_identifier == "ann"
    assert translated(user="ann", safety_identifier="bob").ask.safety_identifier == "bob"
    assert translated(user="ann", safety_identifier="").ask.safety_identifier == "ann"


def test_previews_are_a_streams() -> None:
    assert translated(stream=True, partial_images=2).ask.previews == 2
    assert translated(partial_images=2).ask.previews == 0
    assert translated(partial_images=2).warnings == ("partial_images has no effect without stream",)


def test_addresses_are_https_or_data() -> None:
    images = [{"image_url": "https://shop.example/lamp.png"}]

    found = translated(EditRequest, images=images)

    assert [reference.url for reference in found.ask.references] == ["https://shop.example/lamp.png"]
    assert found.ask.mode == "image_to_image"


@pytest.mark.parametrize(
    ("fields", "param", "reason", "kind"),
    [
        ({}, "image", "missing_required_parameter", InvalidRequest),
        ({"images": [{"file_id": "file-1"}]}, "images[0].file_id", "", UnsupportedOption),
        ({"images": [{}]}, "images[0].image_url", "", InvalidRequest),
        ({"images": [{"image_url": "http://shop.example/a.png"}]}, "images[0].image_url", "", CallerError),
        ({"images": [{"image_url": "data:image/png;base64,AAAA"}]}, "images[0].image_url", "", CallerError),
        ({"images": [{"image_url": "https://a.example/a"}] * 17}, "images", "", InvalidRequest),
    ],
)
def test_a_wrong_image_is_named_as_openai_names_it(
    fields: dict[str, Any], param: str, reason: str, kind: type[CallerError]
) -> None:
    error = refusal(EditRequest, **fields)

    assert (error.errors[0][0], error.reason) == (param, reason)
    assert error.code == kind.code or kind is CallerError
    assert "references" not in error.detail


def test_more_than_an_answer_holds_is_refused_before_anything_is_held() -> None:
    assert refusal(size="3840x2160", n=10).errors[0][0] == "response_format"
    assert translated(size="3840x2160", n=4).ask.n == 4
    assert translated(size="3840x2160", n=10, response_format="url").look.by_link
