"""Forms: every client's own way is read, and a broken one is refused in words."""

import asyncio
import hashlib
import random
import tracemalloc

import pytest

from easel.errors import InvalidRequest, PayloadTooLarge
from easel.http.bodies import LIMIT_BYTES, check
from easel.openai_api import form
from easel.openai_api.form import SentForm
from easel.openai_api.request import EditRequest
from tests.support.sent_forms import BLUE, OCTETS, PROMPT, RED, SENT, multipart, pieces, text


def read(body: bytes, content_type: str, size: int = 1 << 20) -> SentForm:
    return asyncio.run(form.read(pieces(body, size), content_type))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("client", SENT)
@pytest.mark.parametrize("size", [1 << 20, 7], ids=["whole", "in pieces"])
def test_what_a_client_sends_is_read_as_it_is(client: str, size: int) -> None:
    content_type, body = SENT[client]

    found = read(body, content_type, size)

    sent = check(EditRequest, found.fields)
    assert sent.prompt == "make it red"
    assert found.images[0] == digest(RED)
    assert found.contents[found.images[0]] == RED


def test_several_images_keep_their_order_however_they_are_named() -> None:
    for client in ("openai-python, a list of two", "a repeated image, no file names"):
        content_type, body = SENT[client]
        assert read(body, content_type).images == [digest(RED), digest(BLUE)]


def test_a_mask_and_a_markup_are_files_too() -> None:
    body = multipart("x", PROMPT, ("mask", "m", OCTETS, BLUE), ("markup", "blob", OCTETS, RED))

    assert read(body, "multipart/form-data; boundary=x").overlays == {"mask": digest(BLUE), "markup": digest(RED)}


def test_numbers_and_switches_come_as_text() -> None:
    body = multipart("x", text("n", "2"), text("stream", "true"), text("partial_images", "3"), text("size", ""))

    assert read(body, "multipart/form-data; boundary=x").fields == {"n": 2, "stream": True, "partial_images": 3}


def test_an_object_is_json_or_the_sdks_brackets() -> None:
    as_json = multipart("x", text("easel", '{"provider": "openai", "fallback": false}'))
    brackets = multipart(
        "x", text("easel[provider]", "openai"), text("easel[fallback]", "false"), text("easel[metadata][order]", "17")
    )

    assert read(as_json, "multipart/form-data; boundary=x").fields["easel"] == {"provider": "openai", "fallback": False}
    assert read(brackets, "multipart/form-data; boundary=x").fields["easel"] == {
        "provider": "openai",
        "fallback": False,
        "metadata": {"order": "17"},
    }


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (multipart("x", PROMPT)[:-9], "multipart/form-data; boundary=x", "not the form that its Content-Type says"),
        (multipart("x", PROMPT), "multipart/form-data; boundary=y", "not the form that its Content-Type says"),
        (multipart("x", PROMPT), "multipart/form-data; charset=utf-8", "not the form that its Content-Type says"),
        (b"", "multipart/form-data; boundary=x", "not the form that its Content-Type says"),
        (multipart("x", PROMPT, PROMPT), "multipart/form-data; boundary=x", "prompt: was sent twice"),
        (multipart("x", ("prompt", None, None, b"\xff")), "multipart/form-data; boundary=x", "prompt: is not UTF-8"),
        (multipart("x", text("easel", "{")), "multipart/form-data; boundary=x", "easel: must be a JSON object"),
        (
            multipart("x", ("mask", "a", OCTETS, RED), ("mask", "a", OCTETS, BLUE)),
            "multipart/form-data; boundary=x",
            "mask: was sent twice",
        ),
        (
            multipart("x", text("easel[a]", "1"), text("easel[a][b]", "1")),
            "multipart/form-data; boundary=x",
            "was sent twice",
        ),
        (multipart("x", *(text(f"f{i}", "1") for i in range(100))), "multipart/form-data; boundary=x", "not the form"),
    ],
)
def test_a_broken_form_is_refused_in_words(body: bytes, content_type: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(body, content_type)

    assert words in caught.value.detail


def test_a_body_above_the_limit_is_too_large_before_it_is_whole() -> None:
    body = multipart("x", ("image", "a", OCTETS, b"\x89PNG" + bytes(LIMIT_BYTES)))

    with pytest.raises(PayloadTooLarge):
        read(body, "multipart/form-data; boundary=x")


def test_a_form_costs_no_more_memory_than_three_times_its_body() -> None:
    content = random.Random(1).randbytes(4_000_000)  # noqa: S311 - bytes to send, no secret
    body = multipart("x", PROMPT, ("image", "upload", OCTETS, content))

    read(*reversed(SENT["n8n"]))  # type: ignore[arg-type] # what is loaded once
    tracemalloc.start()
    found = read(body, "multipart/form-data; boundary=x", len(body))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.contents[digest(content)] == content
    assert most < 2 * len(body)  # beside the body itself, which is counted by whoever received it
