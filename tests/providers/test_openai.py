"""OpenAI's adapter through the real SDK and a real socket: what is sent, what comes of it, what each error means."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from easel.providers import registry
from easel.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnknown,
    ProviderUnsupported,
)
from easel.providers.protocol import Picture
from easel.settings import ProviderSettings
from tests.support.stand_ins import StandIn, a_stand_in, an_image, an_order, opened


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with a_stand_in() as started:
        yield started


@pytest.fixture
def first(server: StandIn) -> StandIn:
    server.reset()
    return server


def test_everything_is_explicit_and_the_call_can_be_found(first: StandIn) -> None:
    made = first.provider().make(an_order(output_format="webp", output_compression=80, background="opaque"))

    (call,) = first.calls()
    assert call["words"] == {
        "model": "gpt-image-2",
        "prompt": "A lighthouse at dusk",
        "n": 1,
        "size": "1024x640",
        "quality": "medium",
        "output_format": "webp",
        "output_compression": 80,
        "background": "opaque",
        "safety_identifier": "hash-of-ann",
    }
    assert call["clientRequestId"] == "call-1"
    assert made.request_id == call["requestId"]
    picture = opened(made.images[0])
    assert (picture.size, picture.format) == ((1024, 640), "WEBP")


def test_the_cost_is_what_the_providers_counts_come_to(first: StandIn) -> None:
    made = first.provider().make(an_order(width=1024, height=1024))

    assert made.usage["output_image_tokens"] == 1_756
    assert made.usage["input_text_tokens"] == 5
    assert made.cost_micros == 1_756 * 30 + 5 * 5


def test_n_images_come_from_one_call(first: StandIn) -> None:
    made = first.provider().make(an_order(n=3))

    assert len(set(made.images)) == 3
    assert len(first.calls()) == 1


def test_a_transparent_background_is_transparent(first: StandIn) -> None:
    made = first.provider().make(an_order(background="transparent"))

    assert opened(made.images[0]).getpixel((0, 0))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("count", [1, 2, 16])
def test_references_go_as_files_with_name_and_type(first: StandIn, count: int) -> None:
    kinds = ("PNG", "JPEG", "WEBP")
    references = tuple(Picture(an_image(kind=kinds[i % 3]), f"image/{kinds[i % 3].lower()}") for i in range(count))

    first.provider().make(an_order(references=references))

    (call,) = first.calls()
    assert call["path"] == "/v1/images/edits"
    assert [file["mimeType"] for file in call["files"]] == [picture.mime_type for picture in references]
    assert call["files"][0]["name"] == "reference-1.png"
    assert [file["bytes"] for file in call["files"]] == [len(picture.content) for picture in references]
    assert call["words"]["size"] == "1024x640"


def test_a_mask_keeps_what_it_covers(first: StandIn) -> None:
    reference = Picture(an_image(96, 64, colour=(10, 200, 30)), "image/png")
    keeps_all = Picture(an_image(96, 64, mode="RGBA", colour=(0, 0, 0, 255)), "image/png")

    made = first.provider().make(an_order(references=(reference,), mask=keeps_all))

    assert [file["field"] for file in first.calls()[0]["files"]] == ["image[]", "mask"]
    assert opened(made.images[0]).getpixel((500, 300)) == (10, 200, 30)


def test_input_images_are_in_the_cost(first: StandIn) -> None:
    made = first.provider().make(an_order(references=(Picture(an_image(), "image/png"),)))

    assert made.usage["input_image_tokens"] == 1_229
    assert made.cost_micros == 5 * 5 + 1_229 * 8 + made.usage["output_tokens"] * 30


@pytest.mark.parametrize(
    ("turn", "kind", "paid"),
    [
        ("refuse", ProviderRefused, False),
        ("busy", ProviderBusy, False),
        ("slow_down", ProviderBusy, False),
        ("quota", ProviderMisconfigured, False),
        ("bad_key", ProviderMisconfigured, False),
        ("unverified", ProviderMisconfigured, False),
        ("no_model", ProviderMisconfigured, False),
        ("error", ProviderUnavailable, False),
        ("overloaded", ProviderUnavailable, False),
        ("edge", ProviderUnavailable, True),
        ("empty", ProviderUnavailable, True),
        ("garbage", ProviderUnavailable, True),
        ("reset", ProviderUnknown, True),
        ({"do": "hang", "seconds": 5}, ProviderUnknown, True),
    ],
)
def test_each_fault_has_one_meaning_and_exactly_one_request(
    first: StandIn, turn: Any, kind: type[ProviderError], paid: bool
) -> None:
    first.will(turn)
    hangs = isinstance(turn, dict)  # the others answer at once, on a busy machine some time later

    with pytest.raises(kind) as fault:
        first.provider().make(an_order(timeout_seconds=0.3 if hangs else 10))

    assert type(fault.value) is kind
    assert fault.value.paid is paid
    assert len(first.calls()) == 1


def test_a_refusal_says_at_which_stage_and_for_what(first: StandIn) -> None:
    first.will("refuse")

    with pytest.raises(ProviderRefused) as refusal:
        first.provider().make(an_order())

    assert (refusal.value.stage, refusal.value.categories) == ("input", ("sexual",))
    assert refusal.value.request_id == first.calls()[0]["requestId"]


def test_the_wait_that_was_asked_for_is_passed_on(first: StandIn) -> None:
    first.will({"do": "busy", "retry_after": 17}, {"do": "overloaded", "retry_after": 3})

    with pytest.raises(ProviderBusy) as busy:
        first.provider().make(an_order())
    with pytest.raises(ProviderUnavailable) as overloaded:
        first.provider().make(an_order())

    assert (busy.value.retry_after_seconds, overloaded.value.retry_after_seconds) == (17, 3)


@pytest.mark.parametrize(
    ("turn", "remedy"), [("quota", "add credit"), ("unverified", "verify"), ("bad_key", "valid key")]
)
def test_what_only_an_operator_can_mend_says_how(first: StandIn, turn: str, remedy: str) -> None:
    first.will(turn)

    with pytest.raises(ProviderMisconfigured, match=remedy):
        first.provider().make(an_order())


def test_no_images_still_cost_what_they_cost(first: StandIn) -> None:
    first.will("empty")

    with pytest.raises(ProviderUnavailable, match="without images") as empty:
        first.provider().make(an_order())

    assert empty.value.cost_micros
    assert empty.value.usage["output_tokens"] > 0


def test_fewer_images_than_ordered_are_handed_on(first: StandIn) -> None:
    first.will({"do": "short", "count": 2})

    assert len(first.provider().make(an_order(n=4)).images) == 2


def test_bytes_are_handed_on_as_they_came(first: StandIn) -> None:
    first.will("corrupt")

    assert first.provider().make(an_order()).images[0].startswith(b"\x89PNG")


def test_options_the_provider_rejects_are_another_providers_to_try(first: StandIn) -> None:
    with pytest.raises(ProviderUnsupported, match="size") as rejection:
        first.provider().make(an_order(width=512, height=512))

    assert rejection.value.paid is False


def test_a_slow_drip_does_not_outlast_the_call(first: StandIn) -> None:
    first.will({"do": "drip", "seconds": 5})
    started = time.monotonic()

    with pytest.raises(ProviderUnknown, match=r"within 0\.25 seconds"):
        first.provider().make(an_order(timeout_seconds=0.25))

    assert time.monotonic() - started < 1.2


def test_a_refused_connection_was_not_paid_for() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    nowhere = registry.build("openai", ProviderSettings(base_url=f"http://127.0.0.1:{port}/v1"), "a-key")

    with pytest.raises(ProviderUnavailable, match="not reached") as fault:
        nowhere.make(an_order())

    assert fault.value.paid is False


def test_without_a_key_nothing_is_called(first: StandIn) -> None:
    with pytest.raises(ProviderMisconfigured, match="no key"):
        first.provider(key=None).make(an_order())

    assert first.calls() == []


@pytest.mark.parametrize("references", [(), (Picture(an_image(), "image/png"),)])
def test_the_operators_strictness_goes_along_with_pictures_and_edits(
    first: StandIn, references: tuple[Picture, ...]
) -> None:
    first.provider().make(an_order(moderation="low", references=references))
    first.provider().make(an_order(references=references))

    assert [call["words"].get("moderation") for call in first.calls()] == ["low", None]


def test_previews_come_while_the_image_is_made_and_an_edit_has_them_too(first: StandIn) -> None:
    seen: list[int] = []
    reference = Picture(an_image(), "image/png")

    made = first.provider().make(
        an_order(previews=3, references=(reference,), on_preview=lambda index, content: seen.append(index))
    )

    assert seen == [0, 1, 2]
    assert opened(made.images[0]).size == (1024, 640)
    assert made.request_id == first.calls()[0]["requestId"]


def test_a_stream_is_for_one_image(first: StandIn) -> None:
    first.provider().make(an_order(n=2, previews=2, on_preview=lambda index, content: None))

    assert "stream" not in first.calls()[0]["words"]


def test_a_stream_that_hangs_ends_with_its_time(first: StandIn) -> None:
    first.will({"do": "drip", "seconds": 5})

    with pytest.raises(ProviderUnknown, match="within"):
        first.provider().make(an_order(timeout_seconds=0.5, previews=2, on_preview=lambda index, content: None))
