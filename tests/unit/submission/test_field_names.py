"""Names of fields that are nobody's: the nearest, or what they mean elsewhere, is told."""

import pytest

from easel.credits.requests import GrantBody, RefundBody
from easel.http import other_names
from easel.submission.references import Reference
from easel.submission.request import QuickRequest
from easel.submission.uploads import UploadRequest
from tests.support.request_bodies import refusal


def test_an_unknown_field_is_refused_by_name_with_the_nearest_one() -> None:
    error = refusal({"prompt": "a lamp", "aspect_ratio": "1:1", "seed": 3})

    assert dict(error.errors) == {
        "aspect_ratio": "is not a field of this route; did you mean aspectRatio?",
        "seed": "is not a field of this route; no model here takes one",
    }


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("model", "did you mean modelId?"),
        ("images", "did you mean references?"),
        ("image", "did you mean references?"),
        ("image_url", "did you mean references?"),
        ("image_urls", "did you mean references?"),
        ("image_input", "did you mean references?"),
        ("filesUrl", "did you mean references?"),
        ("num_images", "did you mean n?"),
        ("num_outputs", "did you mean n?"),
        ("nVariants", "did you mean n?"),
        ("image_size", "did you mean size?"),
        ("aspect_ratio", "did you mean aspectRatio?"),
        ("output_format", "did you mean outputFormat?"),
        ("output_quality", "did you mean outputCompression?"),
        ("mask_url", "did you mean mask?"),
        ("enableFallback", "did you mean fallback?"),
        ("partial_images", "did you mean previews?"),
        ("callback_url", "did you mean webhookUrl?"),
        ("callBackUrl", "did you mean webhookUrl?"),
        ("webhook", "did you mean webhookUrl?"),
        ("promt", "did you mean prompt?"),
        ("input", "send what is in it beside `prompt`"),
        ("idempotency_key", "send the header `Idempotency-Key`"),
        ("negative_prompt", "say in `prompt` what should not be there"),
    ],
)
def test_names_from_elsewhere_are_known_by_what_they_mean(name: str, says: str) -> None:
    ((field, message),) = refusal({"prompt": "a lamp", name: "x"}).errors

    assert field == name
    assert says in message


@pytest.mark.parametrize("name", ["response_format", "colour", "b64_json", "amount", "task_id", "call"])
def test_a_name_that_means_something_else_gets_no_hint(name: str) -> None:
    assert refusal({"prompt": "a lamp", name: "x"}).errors == ((name, "is not a field of this route"),)


def test_a_name_from_elsewhere_within_a_reference_is_known_too() -> None:
    error = refusal({"prompt": "a lamp", "references": [{"image_url": "https://a.example/b.png"}]})

    assert ("references[0].image_url", "is not a field of this route; did you mean url?") in error.errors


def test_an_address_in_place_of_a_reference_is_told_what_a_reference_is() -> None:
    error = refusal({"prompt": "a lamp", "references": ["https://a.example/b.png"], "mask": "x"})

    assert error.errors == (
        ("references[0]", 'must be an object, such as {"url": "https://…"}'),
        ("mask", 'must be an object, such as {"url": "https://…"}'),
    )


@pytest.mark.parametrize("field", other_names.FIELDS)
def test_every_name_of_the_table_is_a_field_somewhere(field: str) -> None:
    models = (QuickRequest, Reference, UploadRequest, GrantBody, RefundBody)

    assert any(field == each.alias for model in models for each in model.model_fields.values())
