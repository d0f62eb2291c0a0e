"""What a quote tells; that it holds is the proof `quotes`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from easel.errors import CallerError, UnknownModel, UnsupportedOption
from easel.submission.quote import QuoteView
from tests.support.fakes import FakeProvider
from tests.support.quick_world import a_quick_world
from tests.support.requests import a_job_request
from tests.support.world import ANN, World


@pytest.fixture
def world() -> Iterator[World]:
    with a_quick_world(providers={name: FakeProvider() for name in ("openai", "fal")}) as made:
        yield made


def quoted(world: World, **fields: Any) -> QuoteView:
    return world.quote(a_job_request({"prompt": "a lamp", **fields}))


class Untouchable:
    """What fails whoever touches it."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


def test_a_quote_reads_counts_and_holds_nothing(world: World) -> None:
    nothing: Any = Untouchable()
    quote = replace(world.quote, admission=replace(world.quote.admission, rates=nothing, signals=nothing))

    told = quote(a_job_request({"prompt": "a lamp", "references": [{"uploadId": "0" * 26}]}))

    assert told.mode == "image_to_image"
    assert world.available() == 100


def test_the_route_says_who_would_make_it_and_for_how_much(world: World) -> None:
    wide: Any = {"modelId": "flux-2-turbo", "aspectRatio": "16:9", "n": 4}

    told, alone = quoted(world, **wide), quoted(world, **wide, fallback=False)

    assert [step.provider for step in told.route] == ["fal", "openai"]
    assert told.expected == told.route[0].expected < told.at_most == max(step.at_most for step in told.route)
    assert (told.size, told.n, told.quality) == (told.route[0].size, 4, "medium")
    assert [step.provider for step in alone.route] == ["fal"]
    assert alone.expected == alone.at_most == told.expected


def test_a_long_prompt_is_not_quoted_as_a_short_one(world: World) -> None:
    short, long = (quoted(world, modelId="gpt-image-2", prompt="x" * length) for length in (10, 28_799))

    assert (long.expected, long.at_most) > (short.expected, short.at_most)
    assert (long.prompt_characters, long.prompt_characters_left) == (28_799, 3_201)


def test_a_retired_model_is_quoted_as_the_one_that_serves_it(world: World) -> None:
    told = quoted(world, modelId="dall-e-3")

    assert (told.requested_model_id, told.model_id, told.route[0].model) == ("dall-e-3", "gpt-image-2", "gpt-image-2")
    assert "dall-e-3 was retired" in told.warnings[0]


@pytest.mark.parametrize("feature", [None, "ai-baby-image"])
@pytest.mark.parametrize("model", ["gpt-image-2", "flux-2-turbo"])
def test_as_many_characters_as_are_left_may_be_added_and_no_more(world: World, model: str, feature: str | None) -> None:
    wish: Any = {"modelId": model, **({"featureId": feature} if feature else {})}
    left = quoted(world, **wish).prompt_characters_left

    full = quoted(world, prompt="a lamp" + "x" * left, **wish)

    assert full.prompt_characters_left == 0
    with pytest.raises(CallerError):
        quoted(world, prompt="a lamp" + "x" * (left + 1), **wish)


def test_what_a_stage_does_not_make_is_refused_as_a_start_refuses_it(world: World) -> None:
    with pytest.raises(UnknownModel):
        quoted(world, modelId="imagen-2")
    world.moderating(openai=True, results=True)
    for refused in (lambda: quoted(world, previews=1), lambda: world.begin(ANN, previews=1)):
        with pytest.raises(UnsupportedOption, match="previews"):
            refused()
