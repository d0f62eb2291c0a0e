"""The stand-in provider holds to OpenAI's wire: what it accepts, refuses, counts and draws."""

import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from easel.catalog import planning, prices
from easel.catalog.sizes import Size
from local.standins import openai_rules, sketch
from local.standins.exchange import Drawing
from tests.support.stand_ins import StandIn, a_stand_in, an_image, an_order, opened

ASKED: dict[str, Any] = {"model": "gpt-image-2", "prompt": "A quiet valley", "size": "1024x640"}


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with a_stand_in() as started:
        yield started


@pytest.fixture
def first(server: StandIn) -> StandIn:
    server.reset()
    return server


@pytest.fixture
def client(first: StandIn) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="a-key", base_url=first.server.url, max_retries=0, timeout=5) as made:
        yield made


def test_the_same_words_draw_the_same_picture_and_others_another() -> None:
    def drawn(prompt: str, index: int = 0) -> bytes:
        return sketch.draw(sketch.Sketch(prompt, 320, 256, "label", index)).tobytes()

    assert drawn("a city") == drawn("a city")
    assert len({drawn("a city"), drawn("a town"), drawn("a city", 1)}) == 3


@pytest.mark.parametrize("scene", ["a city skyline", "a lamp on a table", "portrait of a baby", "hills", "x" * 400])
@pytest.mark.parametrize("size", [(320, 320), (480, 160), (160, 480)])
def test_every_scene_fills_its_size(scene: str, size: tuple[int, int]) -> None:
    assert sketch.draw(sketch.Sketch(scene, *size, "label")).size == size


def test_a_picture_is_drawn_quickly() -> None:
    started = time.process_time()

    sketch.encode(sketch.draw(sketch.Sketch("a lamp on a table", 1024, 1024, "label")), "png", None)

    assert time.process_time() - started < 0.5


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert {"gpt-image-2", "sketch"} <= {model.id for model in client.models.list()}


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"size": "1920x1080"}, "invalid_value", 400),
        ({"size": "512x512"}, "invalid_value", 400),
        ({"size": "big"}, "invalid_value", 400),
        ({"model": "gpt-image-1.5", "size": "2048x2048"}, "invalid_value", 400),
        ({"model": "dall-e-3"}, "model_not_found", 404),
        ({"quality": "max"}, "invalid_value", 400),
        ({"n": 11}, "invalid_value", 400),
        ({"response_format": "b64_json"}, "unknown_parameter", 400),
        ({"background": "transparent", "output_format": "jpeg"}, "invalid_value", 400),
        ({"output_compression": 50}, "invalid_value", 400),
        ({"prompt": "x" * 32_001}, "invalid_value", 400),
        ({"extra_body": {"seed": 1}}, "unknown_parameter", 400),
    ],
)
def test_it_refuses_what_openai_refuses(client: openai.OpenAI, changes: dict[str, Any], code: str, status: int) -> None:
    with pytest.raises(openai.APIStatusError) as refusal:
        client.images.generate(**{**ASKED, **changes})

    assert (refusal.value.code, refusal.value.status_code) == (code, status)


def test_a_reference_without_a_type_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        client.images.edit(image=("a", an_image(), "application/octet-stream"), prompt="x", model="gpt-image-2")

    assert refusal.value.code == "unsupported_file_mimetype"


def test_a_mask_of_another_size_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="same size"):
        client.images.edit(
            image=("a.png", an_image(), "image/png"),
            mask=("m.png", an_image(9, 9, mode="RGBA"), "image/png"),
            prompt="x",
            model="gpt-image-2",
        )


def test_a_script_is_played_in_order_and_only_for_its_words(first: StandIn) -> None:
    first.will({"do": "error", "when": "storm"}, {"do": "busy", "times": 2})
    provider = first.provider()

    for prompt in ("calm", "storm", "calm", "calm"):
        try:
            provider.make(an_order(prompt=prompt))
        except Exception as error:
            assert type(error).__name__.startswith("Provider")  # noqa: PT017 - any of them

    assert [call["did"] for call in first.calls()] == ["busy", "error", "busy", "success"]


def test_a_turn_may_last_for_ever_until_a_reset(first: StandIn) -> None:
    first.will({"do": "short", "count": 1, "times": None})

    assert [len(first.provider().make(an_order(n=2)).images) for _ in range(2)] == [1, 1]
    first.reset()
    assert len(first.provider().make(an_order(n=2)).images) == 2


def test_a_script_with_a_mistake_in_it_is_refused(first: StandIn) -> None:
    with pytest.raises(urllib.request.HTTPError) as refusal:
        first.will({"do": "dance"})
    refusal.value.close()

    assert refusal.value.code == 400


def test_a_large_picture_is_still_a_picture(first: StandIn) -> None:
    first.will("large")

    (content,) = first.provider().make(an_order()).images

    assert len(content) > 20_000_000
    assert opened(content).size == (1024, 640)


def test_it_counts_as_the_catalog_does() -> None:
    for quality in ("low", "medium", "high"):
        asked = Drawing("", "gpt-image-2", 1024, 1536, quality=quality)

        counted = openai_rules.usage(asked, 1)["output_tokens"]

        price = planning.load().price_of("openai", "gpt-image-2")
        assert price is not None
        picture = prices.PricedImage(size=Size(1024, 1536), quality=quality)
        assert prices.expected_micros(price, picture) == counted * 30


def test_it_runs_from_the_command_line_and_stops_when_told() -> None:
    command = [sys.executable, "-m", "local.standins", "--name", "second"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGTERM)

        assert said.startswith("stand-in second on http://127.0.0.1:")
        assert process.wait(timeout=5) == 0
