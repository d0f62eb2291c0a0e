"""OpenAI's own client against a deployed stack: a base URL and a key are all that was changed."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import openai
import pytest
from PIL import Image

from tests.stack.client import Client, trusted
from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins

LAMP: dict[str, Any] = {"model": "gpt-image-2", "size": "1024x1024", "quality": "low"}
SECONDS = 90.0


@dataclass
class Sdks:
    """SDKs of those who hold API keys; each is closed when its test is over."""

    stack: Stack
    made: list[openai.OpenAI] = field(default_factory=list)
    hops: list[str] = field(default_factory=list)  # of each answer, in order: "303 POST"

    def __call__(self, who: Client, **options: Any) -> openai.OpenAI:
        """The SDK as it is installed, with another base URL and a key."""
        key = who.headers["Authorization"].removeprefix("Bearer ")
        http = openai.DefaultHttpxClient(verify=trusted(), trust_env=False, timeout=SECONDS)
        http.event_hooks["response"].append(self._note)
        given = {"base_url": f"{self.stack.url}/v1", "api_key": key, "http_client": http, **options}
        self.made.append(openai.OpenAI(**given))
        return self.made[-1]

    def _note(self, response: Any) -> None:
        self.hops.append(f"{response.status_code} {response.request.method}")


@pytest.fixture
def sdk(stack: Stack) -> Iterator[Sdks]:
    sdks = Sdks(stack)
    yield sdks
    for client in sdks.made:
        client.close()


def opened(b64: str | None) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(b64 or "")))


def png(colour: str, size: tuple[int, int] = (320, 320)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def with_a_hole() -> bytes:
    mask, buffer = Image.new("RGBA", (320, 320), (0, 0, 0, 255)), io.BytesIO()
    mask.paste((0, 0, 0, 0), (0, 0, 100, 100))
    mask.save(buffer, "PNG")
    return buffer.getvalue()


def paid_once(stack: Stack, who: Client, prompt: str, credits: int = 30) -> None:
    """One job, one charge, one call of a provider."""
    [listed] = who.jobs()["jobs"]
    job, balance = who.status(listed), who.credits()
    assert len(stack.first.calls(prompt) + stack.second.calls(prompt)) == 1
    assert (balance["available"], balance["held"]) == (credits - job["charge"]["charged"], 0)
    assert job["charge"]["charged"] > 0


def test_a_picture(stack: Stack, sdk: Sdks) -> None:
    who = stack.service()

    made = sdk(who).images.generate(prompt="a lamp for v1", **LAMP)

    assert opened((made.data or [])[0].b64_json).size == (1024, 1024)
    paid_once(stack, who, "a lamp for v1")


def test_an_edit_of_two_pictures_with_a_mask(stack: Stack, sdk: Sdks) -> None:
    who, images = stack.service(), [("upload", png("red")), ("blob", png("blue"))]

    made = sdk(who).images.edit(image=images, mask=with_a_hole(), prompt="join them for v1", model="gpt-image-2")

    assert opened((made.data or [])[0].b64_json).format == "PNG"
    paid_once(stack, who, "join them for v1")


def test_a_stream(stack: Stack, sdk: Sdks) -> None:
    who = stack.service()

    events = list(sdk(who).images.generate(prompt="streamed for v1", stream=True, partial_images=1, **LAMP))

    assert events[-1].type == "image_generation.completed"
    assert opened(events[-1].b64_json).size == (1024, 1024)
    paid_once(stack, who, "streamed for v1")


def test_an_answer_larger_than_a_function_may_give(stack: Stack, sdk: Sdks) -> None:
    stack.first.play("large", when="a large one for v1")
    who = stack.service()

    made = sdk(who).images.generate(prompt="a large one for v1", **LAMP)

    assert len((made.data or [])[0].b64_json or "") > 20_000_000
    paid_once(stack, who, "a large one for v1")


def test_a_picture_slower_than_the_gateway(stack: Stack, sdk: Sdks) -> None:
    """Its provider asks for a pause that is longer than the 24 seconds for which a door waits."""
    stack.first.play("busy", retry_after=28, when="a slow one for v1")
    only = {"easel": {"provider": "openai", "fallback": False}}
    who = stack.service()

    made = sdk(who).images.generate(prompt="a slow one for v1", extra_body=only, **LAMP)

    assert opened((made.data or [])[0].b64_json).size == (1024, 1024)
    assert (sdk.hops[0], sdk.hops[-1]) == ("303 POST", "200 GET")
    [listed] = who.jobs()["jobs"]
    assert who.credits()["available"] == 30 - who.status(listed)["charge"]["charged"]


def test_refusals_have_the_sdks_own_classes_and_say_what_to_do(stack: Stack, sdk: Sdks) -> None:
    who, poor = stack.service(), stack.service(credits=0)
    client = sdk(who, max_retries=0)

    with pytest.raises(openai.BadRequestError, match="size") as wrong:
        client.images.generate(prompt="a lamp", model="gpt-image-2", size="17x17")
    with pytest.raises(openai.AuthenticationError) as unknown:
        sdk(who, api_key="sk-wrong", max_retries=0).images.generate(prompt="a lamp", **LAMP)
    with pytest.raises(openai.APIStatusError) as unpaid:
        sdk(poor, max_retries=0).images.generate(prompt="a lamp", **LAMP)
    with pytest.raises(openai.NotFoundError) as nowhere, pytest.deprecated_call():
        client.images.create_variation(image=png("red"))
    with pytest.raises(openai.NotFoundError) as no_model:
        client.models.retrieve("dall-e-9")

    assert (wrong.value.code, wrong.value.param) == ("invalid_value", "size")
    assert unknown.value.code == "invalid_api_key"
    assert (unpaid.value.status_code, unpaid.value.code) == (402, "insufficient_credits")
    assert nowhere.value.code == "unknown_url"
    assert "/v1/images/generations" in nowhere.value.message
    assert no_model.value.code == "model_not_found"
    assert who.jobs()["jobs"] == poor.jobs()["jobs"] == []


def test_a_refused_prompt_is_the_callers_and_costs_nothing(stack: Stack, sdk: Sdks) -> None:
    stack.first.play("refuse", when="refused for v1")
    who = stack.service()

    with pytest.raises(openai.BadRequestError) as refused:
        sdk(who).images.generate(prompt="refused for v1", **LAMP)

    assert (refused.value.type, refused.value.code) == ("image_generation_user_error", "moderation_blocked")
    assert who.credits()["available"] == 30


def test_the_models_of_the_stage(stack: Stack, sdk: Sdks) -> None:
    listed = [model.id for model in sdk(stack.service()).models.list()]

    assert "gpt-image-2" in listed
