"""OpenAI's own SDK against our doors: a base URL and a key are all that was changed.

After each: one job, one charge, one provider call for every request that its caller made.
"""

import base64
import io
from typing import Any

import openai
import pytest
from PIL import Image

from easel.providers.errors import ProviderRefused
from tests.integration.openai_api.stage import SHOP, Shop
from tests.support.fakes import png

LAMP: dict[str, Any] = {"model": "gpt-image-2", "prompt": "a lamp", "size": "1024x1024", "quality": "low"}


def opened(b64: str | None) -> Any:
    return Image.open(io.BytesIO(base64.b64decode(b64 or "")))


def with_a_hole(width: int = 64, height: int = 64) -> bytes:
    buffer = io.BytesIO()
    mask = Image.new("RGBA", (width, height), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, width // 2, height // 2))
    mask.save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture(shop: Shop) -> None:
    made = shop.client().images.generate(**LAMP)

    [image] = made.data or []
    assert opened(image.b64_json).format == "PNG"
    assert (made.quality, made.output_format, made.background) == ("low", "png", "opaque")
    assert made.created == shop.job.created_at // 1000
    assert made.usage is None  # the stand-in counts no input
    assert (made.model_extra or {})["easel"]["jobId"] == shop.job.id
    assert shop.job.owner == SHOP.owner
    assert shop.paid() == (1, 1)


def test_two_pictures(shop: Shop) -> None:
    made = shop.client().images.generate(**LAMP, n=2)

    assert len(made.data or []) == 2
    assert shop.job.n == 2
    assert shop.paid() == (1, 1)


def test_the_headers_that_support_asks_for(shop: Shop) -> None:
    raw = shop.client().images.with_raw_response.generate(**LAMP)

    assert raw.headers["x-request-id"] == "req-1"
    assert int(raw.headers["openai-processing-ms"]) >= 0
    assert raw.retries_taken == 0


def test_a_picture_by_link(shop: Shop) -> None:
    made = shop.client().images.generate(**LAMP, response_format="url")

    [image] = made.data or []
    assert image.b64_json is None
    assert image.url is not None
    assert f"/jobs/{shop.job.id}/" in image.url


@pytest.mark.parametrize(
    "image",
    [
        png(80, 80),
        ("lamp.png", png(80, 80), "image/png"),
        ("upload", png(80, 80), "application/octet-stream"),
        io.BytesIO(png(80, 80)),
        [png(80, 80)],
    ],
    ids=["bytes", "named", "octets", "stream", "list of one"],
)
def test_an_edit_of_one_image(shop: Shop, image: Any) -> None:
    made = shop.client().images.edit(image=image, prompt="make it red", size="auto", n=1)

    assert opened((made.data or [])[0].b64_json).format == "PNG"
    assert (shop.job.mode, shop.job.references) == ("image_to_image", 1)
    assert [reference.content for reference in shop.order.references] != []
    assert shop.paid() == (1, 1)


def test_an_edit_of_two_images_with_a_mask(shop: Shop) -> None:
    images: Any = [png(64, 64, "red"), png(64, 64, "blue")]

    made = shop.client().images.edit(image=images, mask=with_a_hole(), prompt="join them", model="gpt-image-2")

    assert made.data
    assert len(shop.order.references) == 2
    assert shop.order.mask is not None
    assert shop.paid() == (1, 1)


def test_the_bytes_of_an_edit_lie_in_the_bucket_before_the_job_begins(shop: Shop) -> None:
    seen: list[int] = []
    shop.world.workflow.on_start = lambda: seen.append(len(shop.keys("incoming/")))

    shop.client().images.edit(image=[png(64, 64, "red"), png(64, 64, "blue")], prompt="join them")

    assert seen == [2]


def test_an_edit_by_address_needs_no_form(shop: Shop) -> None:
    shop.world.internet["https://shop.example/lamp.png"] = png(90, 90)
    body = {"prompt": "make it red", "images": [{"image_url": "https://shop.example/lamp.png"}]}

    made = shop.client().post("/images/edits", body=body, cast_to=openai.types.ImagesResponse)

    assert made.data
    assert shop.world.fetched == ["https://shop.example/lamp.png"]


def test_our_own_options_go_into_one_object(shop: Shop) -> None:
    options = {"easel": {"provider": "openai_compatible", "fallback": False, "metadata": {"order": "17"}}}

    made = shop.client().images.edit(image=png(80, 80), prompt="red", model="compatible", extra_body=options)

    assert made.data
    assert [step.provider for step in shop.job.route] == ["openai_compatible"]
    found = shop.world.store.find(shop.job.id)
    assert found is not None
    assert found.request is not None
    assert found.request.metadata == {"order": "17"}


@pytest.mark.parametrize("partial_images", [None, 2])
def test_a_stream(shop: Shop, partial_images: int | None) -> None:
    more: dict[str, Any] = {} if partial_images is None else {"partial_images": partial_images}
    shop.preview(partial_images or 0)

    events = list(shop.client().images.generate(**LAMP, stream=True, **more))

    *partial, completed = events
    assert [event.type for event in partial] == ["image_generation.partial_image"] * (partial_images or 0)
    assert [event.partial_image_index for event in partial if event.type.endswith("partial_image")] == list(
        range(partial_images or 0)
    )
    assert completed.type == "image_generation.completed"
    assert opened(completed.b64_json).format == "PNG"
    assert shop.paid() == (1, 1)


def test_a_stream_of_an_edit_has_an_edits_events(shop: Shop) -> None:
    events = list(shop.client().images.edit(image=png(80, 80), prompt="red", stream=True))

    assert [event.type for event in events] == ["image_edit.completed"]


def test_a_stream_that_fails_raises_what_any_request_would(shop: Shop) -> None:
    shop.script(ProviderRefused("no", stage="output", categories=("violence",), paid=True))

    with pytest.raises(openai.BadRequestError) as caught:
        list(shop.client().images.generate(**LAMP, stream=True))

    assert caught.value.code == "moderation_blocked"


def test_a_retired_model_is_served_by_another_and_a_warning_says_so(shop: Shop) -> None:
    made = shop.client().images.generate(prompt="a lamp", model="dall-e-3", size="512x512", quality="standard")

    told = (made.model_extra or {})["easel"]
    assert (told["requestedModelId"], told["modelId"]) == ("dall-e-3", "gpt-image-2")
    assert any("dall-e-3 was retired" in said for said in told["warnings"])
    assert any(said.startswith("size 512x512") for said in told["warnings"])
    assert (shop.job.width, shop.job.quality) == (1024, "medium")


def test_models_are_listed_and_found_by_name(shop: Shop) -> None:
    models = shop.client().models

    listed = {model.id: model for model in models.list()}
    assert {"gpt-image-2", "compatible"} <= set(listed)
    assert "dall-e-3" not in listed
    assert (listed["gpt-image-2"].owned_by, listed["gpt-image-2"].created) == ("openai", 1_776_729_600)
    assert models.retrieve("gpt-image-1.5").shutdown_date == "2026-12-01"
    assert models.retrieve("dall-e-3").id == "dall-e-3"
    with pytest.raises(openai.NotFoundError) as caught:
        models.retrieve("gpt-5")
    assert caught.value.code == "model_not_found"


def test_what_is_not_here_says_what_is(shop: Shop) -> None:
    with pytest.raises(openai.NotFoundError) as variation:
        shop.client().post("/images/variations", body={}, cast_to=openai.types.ImagesResponse)
    with pytest.raises(openai.NotFoundError) as answer:
        shop.client().responses.create(model="gpt-5", input="hello")

    for caught in (variation, answer):
        assert caught.value.code == "unknown_url"
        assert "POST /v1/images/generations" in caught.value.message


def test_a_key_of_idempotency_comes_first(shop: Shop) -> None:
    key = {"Idempotency-Key": "order-17"}

    first = shop.client().images.generate(**LAMP, extra_headers=key)
    again = shop.client().images.generate(**LAMP, extra_headers=key)

    assert first.data == again.data
    assert shop.paid() == (1, 1)


def test_who_asks_among_the_shops_users_reaches_the_provider_hashed(shop: Shop) -> None:
    shop.client().images.generate(**LAMP, user="ann@shop.example")
    shop.client().images.generate(**LAMP, extra_body={"safety_identifier": "ann@shop.example", "user": "someone"})
    shop.client().images.generate(**LAMP)

    told = [order.safety_identifier for order in shop.orders]
    assert told[0] == told[1] != told[2]
    assert "ann" not in told[0]


def test_options_without_effect_are_said_in_warnings(shop: Shop) -> None:
    made = shop.client().images.generate(**LAMP, style="vivid", moderation="low", extra_body={"complexity": "high"})

    warnings = (made.model_extra or {})["easel"]["warnings"]
    assert [said.partition(" ")[0] for said in warnings[:3]] == ["style", "moderation", "complexity"]
