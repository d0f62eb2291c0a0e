"""What OpenAI's own SDK raises, and what it repeats by itself."""

from typing import Any

import openai
import pytest

from easel.providers.errors import ProviderRefused, ProviderUnavailable
from tests.integration.openai_api.stage import SHOP, Shop

LAMP: dict[str, Any] = {"model": "gpt-image-2", "prompt": "a lamp", "size": "1024x1024", "quality": "low"}


def refused(shop: Shop, kind: type[openai.APIStatusError], **fields: Any) -> openai.APIStatusError:
    with pytest.raises(kind) as caught:
        shop.client().images.generate(**{**LAMP, **fields})
    return caught.value


@pytest.mark.parametrize(
    ("fields", "param", "code", "words"),
    [
        ({"size": "1920x1080"}, "size", "invalid_value", "multiples of 16"),
        ({"size": "large"}, "size", "invalid_value", "WxH"),
        ({"prompt": " "}, "prompt", "invalid_value", "must not be empty"),
        ({"n": 11}, "n", "invalid_value", "at most 10"),
        ({"n": 2, "stream": True}, "n", "invalid_value", "must be 1 in a stream"),
        ({"quality": "xhigh"}, "quality", "unsupported_value", "it has quality low, medium, high"),
        ({"output_format": "gif"}, "output_format", "unsupported_value", "png, jpeg or webp"),
        ({"output_compression": 50}, "output_compression", "unsupported_value", "output_format jpeg or webp"),
        ({"extra_body": {"frame_count": 3}}, "frame_count", "unsupported_value", "leave it out"),
        ({"extra_body": {"seed": 3}}, "seed", "unknown_parameter", "is not a field of this route"),
        ({"extra_body": {"easel": {"featureId": "no"}}}, "easel.featureId", "invalid_value", "no feature"),
        ({"size": "3840x2160", "n": 10}, "response_format", "invalid_value", "send response_format url"),
    ],
)
def test_a_wrong_field_is_a_bad_request_that_names_it(
    shop: Shop, fields: dict[str, Any], param: str, code: str, words: str
) -> None:
    error = refused(shop, openai.BadRequestError, **fields)

    assert (error.param, error.code) == (param, code)
    assert words in error.message
    assert shop.jobs == []


def test_a_model_that_is_not_here_is_not_found(shop: Shop) -> None:
    error = refused(shop, openai.NotFoundError, model="gpt-image-9")

    assert (error.code, error.param) == ("model_not_found", "model")
    assert "gpt-image-2" in error.message


@pytest.mark.parametrize("api_key", ["easel_nobody_knows", "sk-proj-of-somebody", "easel_aaaaaaaaaaaa_" + "b" * 40])
def test_a_wrong_key_is_an_authentication_error(shop: Shop, api_key: str) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        shop.client(api_key=api_key).images.generate(**LAMP)

    assert caught.value.code == "invalid_api_key"
    assert shop.jobs == []


def test_a_key_that_may_only_read_may_list_models_and_make_nothing(shop: Shop) -> None:
    _, reads = shop.served.gateway.keys.create("shop", ["read"])

    with pytest.raises(openai.PermissionDeniedError, match="`generate`"):
        shop.client(api_key=reads).images.generate(**LAMP)

    assert len(shop.client(api_key=reads).models.list().data) > 5


def test_without_credits_the_message_says_what_is_missing_and_nothing_is_repeated(shop: Shop) -> None:
    shop.world.allowing(buy_url="https://shop.example/credits")
    shop.rewire()
    _, poor = shop.served.gateway.keys.create("poor", ["generate"])

    with pytest.raises(openai.APIStatusError) as caught:
        shop.client(api_key=poor).images.generate(**LAMP)

    assert (caught.value.status_code, caught.value.code) == (402, "insufficient_credits")
    assert "0 are available" in caught.value.message
    assert "https://shop.example/credits" in caught.value.message
    assert len(shop.served.asked) == 1


def test_a_refused_prompt_says_so_and_gives_the_credits_back(shop: Shop) -> None:
    shop.script(ProviderRefused("no", stage="input", categories=("violence",)))
    before = shop.world.available(SHOP)

    error = refused(shop, openai.BadRequestError)

    assert (error.type, error.code) == ("image_generation_user_error", "moderation_blocked")
    body: Any = error.body
    assert body["moderation_details"] == {"moderation_stage": "input", "categories": ["violence"]}
    assert shop.world.available(SHOP) == before
    assert len(shop.served.asked) == 1


def test_providers_that_are_down_are_repeated_by_the_sdk_as_new_jobs(shop: Shop) -> None:
    for provider in shop.world.providers.values():
        provider.script = [ProviderUnavailable("down"), ProviderUnavailable("down")]
    before = shop.world.available(SHOP)

    with pytest.raises(openai.InternalServerError) as caught:
        shop.client(max_retries=0).images.generate(**LAMP)

    assert (caught.value.status_code, caught.value.code) == (503, "providers_unavailable")
    assert int(caught.value.response.headers["retry-after"]) <= 59
    assert shop.world.available(SHOP) == before


def test_what_a_pause_stops_is_not_repeated(shop: Shop) -> None:
    switch = {"pk": {"S": "switch"}, "sk": {"S": "spending"}, "paused": {"BOOL": True}}
    shop.world.dynamodb.put_item(TableName="limits", Item=switch)

    with pytest.raises(openai.InternalServerError) as caught:
        shop.client().images.generate(**LAMP)

    assert caught.value.code == "spending_paused"
    assert len(shop.served.asked) == 1


def test_a_job_canceled_by_its_owner_is_not_started_again(shop: Shop) -> None:
    def cancel() -> None:
        for job in shop.jobs:
            shop.world.cancel(job.id, caller=SHOP)

    shop.world.clock.on_sleep = cancel

    error = refused(shop, openai.BadRequestError)

    assert error.code == "job_canceled"
    assert len(shop.served.asked) == 1
