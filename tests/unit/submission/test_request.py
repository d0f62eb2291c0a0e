import json
import unicodedata
from typing import Any

import pytest

from easel.errors import InvalidJson, InvalidRequest, UnsupportedOption
from easel.http import bodies
from easel.schemas import body_hash
from easel.submission.request import JobRequest, QuickRequest
from tests.support.request_bodies import PNG, a_job, data_url, refusal
from tests.support.requests import a_job_request, a_quick_request


def test_a_prompt_alone_is_a_request() -> None:
    ask = a_job()

    assert (ask.prompt, ask.n, ask.fallback, ask.priority, ask.references) == ("a lamp", 1, True, "quality", ())
    assert ask.mode is ask.model_id is ask.quality is ask.aspect_ratio is None


def test_every_field_of_the_contract_is_read() -> None:
    ask = a_job(
        featureId="ai-baby-image",
        mode="image_to_image",
        modelId="gpt-image-2-i2i",
        provider="openai",
        fallback=False,
        aspectRatio="3:2",
        resolution="2k",
        quality="high",
        n=10,
        outputFormat="webp",
        outputCompression=80,
        background="opaque",
        references=[{"data": data_url()}],
        mask={"data": data_url()},
        previews=0,
        priority="economy",
        metadata={"order": "17"},
    )

    picture = ask.references[0].picture()
    assert picture
    assert (picture.content, picture.mime_type) == (PNG, "image/png")
    assert ask.metadata == {"order": "17"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  a lamp \n", "a lamp"),
        ("a\x00 lamp\x07\x7f", "a lamp"),
        ("cafe\u0301", "caf\u00e9"),
        ("two\r\nlines\tand a tab", "two\nlines\tand a tab"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("x" * 32_000, "x" * 32_000),
        (" " + "x" * 32_000 + " ", "x" * 32_000),
    ],
)
def test_a_prompt_is_trimmed_and_normalized_and_loses_control_characters(sent: str, kept: str) -> None:
    assert a_job(prompt=sent).prompt == kept


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("prompt", "", "must not be empty"),
        ("prompt", " \n\x00", "must not be empty"),
        ("prompt", "x" * 32_001, "at most 32,000"),
        ("prompt", 7, "must be a string"),
        ("prompt", None, "is required"),
        ("featureId", "", "at least 1"),
        ("featureId", 1, "must be a string"),
        ("mode", "text", "'text_to_image' or 'image_to_image'"),
        ("modelId", "m" * 129, "at most 128"),
        ("modelId", ["a"], "must be a string"),
        ("provider", True, "must be a string"),
        ("fallback", "false", "must be true or false"),
        ("fallback", 0, "must be true or false"),
        ("aspectRatio", "1:4", "from 1:3 to 3:1"),
        ("aspectRatio", "0:1", "from 1:3 to 3:1"),
        ("aspectRatio", "wide", "from 1:3 to 3:1"),
        ("aspectRatio", 1.5, "must be a string"),
        ("size", "1024", "WxH"),
        ("size", "0x1024", "WxH"),
        ("size", "1024x1024x3", "WxH"),
        ("resolution", "8k", "'1k', '2k' or '4k'"),
        ("quality", "best", "'low', 'medium'"),
        ("n", 0, "at least 1"),
        ("n", 11, "at most 10"),
        ("n", "1", "must be a whole number"),
        ("n", True, "must be a whole number"),
        ("n", 1.5, "must be a whole number"),
        ("outputFormat", "gif", "'png', 'jpeg' or 'webp'"),
        ("outputCompression", 101, "at most 100"),
        ("outputCompression", -1, "at least 0"),
        ("background", "blue", "'auto', 'opaque' or 'transparent'"),
        ("references", {"data": "x"}, "must be a list"),
        ("references", [{"data": data_url()}] * 17, "at most 16"),
        ("references[0]", [], "must be an object"),
        ("references[0]", {}, "exactly one field"),
        ("references[0].path", {"path": "x"}, "is not a field"),
        ("previews", 4, "at most 3"),
        ("priority", "cheap", "'quality' or 'economy'"),
        ("webhookUrl", 5, "must be a string"),
        ("webhookUrl", "http://shop.example/hook", "https://"),
        ("webhookUrl", "https://127.0.0.1/hook", "must name a host"),
        ("metadata", [], "must be an object"),
        ("metadata.order", {"order": 17}, "must be a string"),
        ("metadata", {str(key): "" for key in range(17)}, "at most 16 keys"),
        ("metadata", {"order": "x" * 513}, "at most 512"),
        ("metadata", {"x" * 513: ""}, "512 characters"),
        ("metadata", {"": ""}, "1 to 512"),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(field: str, value: Any, says: str) -> None:
    name = field.partition("[")[0].partition(".")[0]
    sent = [value] if "[" in field else value

    error = refusal({"prompt": "a lamp", name: sent})

    assert isinstance(error, InvalidRequest)
    assert [each for each, _ in error.errors] == [field]
    assert says in error.errors[0][1]
    assert field in error.detail


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("references[0].s3", {"references": [{"s3": {"bucket": "pictures", "key": "a.png"}}]}),
    ],
)
def test_what_is_not_served_yet_is_said_so(field: str, fields: dict[str, Any]) -> None:
    error = refusal({"prompt": "a lamp", **fields})

    assert isinstance(error, UnsupportedOption)
    assert [each for each, _ in error.errors] == [field]


def test_every_wrong_field_is_listed_and_the_first_three_are_told() -> None:
    error = refusal({"prompt": "", "n": 0, "quality": "", "mode": "", "size": ""})

    assert [field for field, _ in error.errors] == ["prompt", "mode", "size", "quality", "n"]
    assert error.detail.endswith("and 2 more.")


def test_a_refusal_never_repeats_what_was_sent() -> None:
    error = refusal({"prompt": 17, "metadata": {"name": ["a secret of the caller"]}})

    assert "secret" not in json.dumps([error.detail, error.errors])


def test_a_quick_picture_is_one_and_says_where_to_get_more() -> None:
    error = refusal({"prompt": "a lamp", "n": 2}, a_quick_request)

    assert error.errors[0][0] == "n"
    assert "/api/aiimage/start" in error.detail


def test_image_format_is_for_the_quick_route_alone() -> None:
    assert a_quick_request({"prompt": "a"}).image_format == "base64"
    assert a_quick_request({"prompt": "a", "imageFormat": "url"}).image_format == "url"

    assert refusal({"prompt": "a", "imageFormat": "url"}).errors[0][0] == "imageFormat"
    assert refusal({"prompt": "a", "imageFormat": "png"}, a_quick_request).errors[0][0] == "imageFormat"


def test_the_same_body_in_other_words_has_the_same_hash() -> None:
    first = a_job_request({"prompt": " a lamp", "aspectRatio": "1:1", "modelId": None})
    second = a_job_request({"aspectRatio": "1:1", "prompt": "a lamp\r\n"})

    assert body_hash(first) == body_hash(second)


@pytest.mark.parametrize("changes", [{"n": 1}, {"prompt": "another"}, {"metadata": {"a": "b"}}, {"references": []}])
def test_another_body_has_another_hash_and_defaults_count_for_nothing(changes: dict[str, Any]) -> None:
    assert body_hash(a_job(**changes)) != body_hash(a_job())


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"prompt=a", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"a lamp"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"prompt": "\xff"}', "not UTF-8"),
        ('{"prompt": "lamp"}'.encode("utf-16"), "not UTF-8"),
        (b'{"prompt": "\\ud800"}', "surrogate"),
        (b'{"n": NaN}', "NaN is not"),
        (b'{"n": Infinity}', "Infinity is not"),
        (b'{"prompt": "a", "prompt": "b"}', "appears twice"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"n": ' + b"9" * 5_000 + b"}", "too long a number"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(InvalidJson, match=says):
        bodies.parse(JobRequest, raw)


def test_a_body_may_hold_any_character_however_it_is_written() -> None:
    escaped = bodies.parse(JobRequest, b'\xef\xbb\xbf{"prompt": "\\ud83d\\ude80 caf\\u00e9"}')

    assert escaped.prompt == "🚀 café"


def test_the_schema_of_a_quick_request_is_that_of_a_job_and_its_format() -> None:
    job, quick = (model.model_json_schema()["properties"] for model in (JobRequest, QuickRequest))

    assert set(quick) - set(job) == {"imageFormat"}


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        " ",
        "\u200b\u200d",
        "\u2060",
        "\u00ad",
        "\ufeff",
        "\u3164",
        "\u115f\u1160",
        "\u2800",
        "\u0301",
        "\u202e \u2028",
        "\x00\n",
    ],
)
def test_a_prompt_of_nothing_to_see_is_refused(prompt: str) -> None:
    assert refusal({"prompt": prompt}).errors[0] == (
        "prompt",
        "must not be empty; say what the picture should show",
    )


@pytest.mark.parametrize("prompt", ["👩‍🚀", "नमस्ते", "می‌خواهم", "e\u0301te\u0301", "?", "1", "🦊"])
def test_joiners_and_marks_between_letters_are_kept(prompt: str) -> None:
    assert a_job_request({"prompt": prompt}).prompt == unicodedata.normalize("NFC", prompt)
