import base64
import json
import unicodedata
from typing import Any

import pytest

from easel.credits.requests import GrantBody, GrantRequest, RefundBody, terms
from easel.errors import CallerError, InvalidJson, InvalidReference, InvalidRequest, UnsupportedOption
from easel.http import bodies, other_names
from easel.providers.protocol import Picture
from easel.schemas import body_hash
from easel.submission.references import Reference
from easel.submission.request import JobRequest, QuickRequest
from easel.submission.uploads import UploadRequest
from tests.support.picture_files import a_png
from tests.support.requests import a_job_request, a_quick_request

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


def data_url(content: bytes = PNG, mime_type: str = "image/png") -> str:
    return f"data:{mime_type};base64,{base64.b64encode(content).decode()}"


def a_job(**fields: Any) -> JobRequest:
    return a_job_request({"prompt": "a lamp", **fields})


def refusal(fields: object, make: Any = a_job_request) -> CallerError:
    with pytest.raises(CallerError) as caught:
        make(fields)
    return caught.value


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


def test_a_reference_may_be_an_address_or_an_upload() -> None:
    ask = a_job(references=[{"url": "https://shop.example/a.png"}, {"uploadId": "0" * 26}], mask={"uploadId": "1" * 26})

    assert [each.picture() for each in ask.references] == [None, None]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://shop.example/a.png", "https://"),
        ("https://ann:secret@shop.example/a.png", "user name"),
        ("https://shop.example:8443/a.png", "port 8443"),
        ("https://shop.example/" + "a" * 2_048, "at most 2,048"),
        ("shop", "cannot be read"),
    ],
)
def test_an_address_that_can_never_be_fetched_is_refused_at_once(url: str, says: str) -> None:
    error = refusal({"prompt": "a lamp", "references": [{"url": url}]})

    assert isinstance(error, InvalidReference)
    assert error.errors[0][0] == "references[0].url"
    assert says in error.errors[0][1]
    assert "secret" not in error.detail


def test_a_command_may_name_an_object_in_s3() -> None:
    fields = {"prompt": "a lamp", "references": [{"s3": {"bucket": "pictures", "key": "a.png"}}]}

    reference = a_job_request(fields, by_command=True).references[0]

    assert reference.s3
    assert (reference.s3.bucket, reference.s3.key, reference.picture()) == ("pictures", "a.png", None)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://shop.example/a.png", "must look like"),
        ("data:image/png,abc", "must look like"),
        (data_url(b"GIF89a", "image/gif"), "is GIF, which cannot be decoded here"),
        (data_url(b"\0\0\0\x18ftypheic", "image/jpeg"), "is HEIC, as iPhones save it"),
        ("data:image/png;base64,!!!", "not valid base64"),
        (data_url()[:-1], "not valid base64"),
        (data_url(b"", "image/webp"), "is empty"),
        (data_url(b"<svg/>", "image/jpeg"), "is SVG, which cannot be decoded here"),
        (data_url(b"a PNG", "image/png"), "cannot be decoded as PNG, JPEG or WebP"),
        (data_url(a_png(65_000, 1_001)), "at most"),
    ],
)
@pytest.mark.parametrize("field", ["references", "mask"])
def test_a_reference_that_is_no_image_is_refused_before_anything_is_decoded(field: str, url: str, says: str) -> None:
    error = refusal({"prompt": "a lamp", field: [{"data": url}] if field == "references" else {"data": url}})

    assert isinstance(error, InvalidReference)
    assert says in error.errors[0][1]
    assert error.errors[0][0] == ("references[0].data" if field == "references" else "mask.data")


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [(PNG, "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"RIFF\x0a\0\0\0WEBP", "image/webp")],
)
def test_png_jpeg_and_webp_are_known_by_their_first_bytes(content: bytes, mime_type: str) -> None:
    picture = a_job(references=[{"data": data_url(content, mime_type)}]).references[0].picture()

    assert picture
    assert picture.mime_type == mime_type


@pytest.mark.parametrize(
    "label",
    ["image/jpeg", "image/jpg", "image/gif", "application/octet-stream", "", "image/png;charset=utf-8", "IMAGE/PNG"],
)
def test_an_image_is_what_its_bytes_are_whatever_it_is_labelled(label: str) -> None:
    picture = a_job(references=[{"data": f"data:{label};base64,{base64.b64encode(PNG).decode()}"}]).references[0]

    assert picture.picture() == Picture(PNG, "image/png")


def test_base64_may_come_in_lines() -> None:
    content = PNG + bytes(range(256))

    reference = a_job(
        references=[{"data": "data:image/png;base64," + base64.encodebytes(content).decode()}]
    ).references[0]

    assert reference.picture() == Picture(content, "image/png")


def test_a_picture_too_large_for_any_job_is_refused_before_anything_is_held() -> None:
    error = refusal({"prompt": "a", "references": [{"data": data_url(a_png(7_000, 7_000))}]})

    assert error.errors[0][0] == "references[0].data"
    assert "is 7000x7000; at most 25,000,000 pixels (65,000,000 of a JPEG)" in error.errors[0][1]
    assert a_job(references=[{"data": data_url()}], mask={"data": data_url(a_png(8_160, 6_120))}).mask


def test_a_mask_is_a_png_under_4_megabytes() -> None:
    jpeg = refusal({"prompt": "a", "mask": {"data": data_url(b"\xff\xd8\xff", "image/jpeg")}})
    large = refusal({"prompt": "a", "mask": {"data": data_url(PNG + bytes(4_000_000))}})

    assert "must be a PNG" in jpeg.detail
    assert "under 4 MB" in large.detail


def test_an_unknown_field_is_refused_by_name_with_the_nearest_one() -> None:
    error = refusal({"prompt": "a lamp", "aspect_ratio": "1:1", "seed": 3})

    assert dict(error.errors) == {
        "aspect_ratio": "is not a field of this route; did you mean aspectRatio?",
        "seed": "is not a field of this route; no model here takes one",
    }


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


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 1_000_000_001}, "amount"),
        ({"amount": "5"}, "amount"),
        ({"amount": 5.0}, "amount"),
        ({"amount": 5, "kind": "gift"}, "kind"),
        ({"amount": 5, "priority": 1001}, "priority"),
        ({"amount": 5, "expiresAt": "tomorrow"}, "expiresAt"),
        ({"amount": 5, "expiresAt": "2027-01-31T00:00:00"}, "expiresAt"),
        ({"amount": 5, "expiresAt": 1_800_000_000}, "expiresAt"),
        ({"amount": 5, "reason": "bought"}, "reason"),
    ],
)
def test_a_wrong_grant_is_refused_by_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        bodies.check(GrantRequest, fields)

    assert [each for each, _ in caught.value.errors] == [field]


def test_a_grant_says_when_it_expires_in_any_zone() -> None:
    ask = bodies.check(GrantRequest, {"amount": 5, "expiresAt": "2027-01-31T02:00:00+02:00"})

    assert ask.expires_at_ms == 1_801_353_600_000
    assert bodies.check(GrantRequest, {"amount": 5}).expires_at_ms is None


def test_a_grant_by_web_and_by_command_is_the_same_grant() -> None:
    by_web = bodies.check(GrantBody, {"owner": "user:local:ann", "amount": 5, "expiresAt": "2027-01-31T00:00:00Z"})
    by_command = bodies.check(GrantRequest, {"amount": 5, "expiresAt": "2027-01-31T00:00:00Z"})

    assert body_hash(terms(by_web, GrantRequest)) == body_hash(by_command)


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


def test_null_is_absent_in_every_field() -> None:
    nulls = {field.alias: None for name, field in QuickRequest.model_fields.items() if name != "prompt"}

    ask = a_quick_request({"prompt": "a lamp", **nulls})

    assert ask == a_quick_request({"prompt": "a lamp"})
    assert body_hash(ask) == body_hash(a_quick_request({"prompt": "a lamp"}))


def test_null_is_absent_within_fields_and_in_movements_too() -> None:
    ask = a_job(references=[{"data": data_url(), "url": None, "uploadId": None}], metadata={"a": "b", "c": None})

    assert len(ask.references) == 1
    assert ask.metadata == {"a": "b"}
    assert bodies.check(GrantRequest, {"amount": 5, "kind": None, "priority": None, "expiresAt": None}).kind == "paid"


def test_null_for_what_is_required_or_unknown_is_refused_by_name() -> None:
    assert refusal({"prompt": None}).errors[0] == ("prompt", "is required")
    assert refusal({"prompt": "a", "model": None}).errors[0][0] == "model"


@pytest.mark.parametrize("field", ["n", "outputCompression", "previews"])
def test_a_whole_number_may_be_written_with_a_point(field: str) -> None:
    with_point, plain = a_job(**{field: 2.0}), a_job(**{field: 2})

    assert with_point == plain
    assert body_hash(with_point) == body_hash(plain)
    for wrong in (1.5, "2", True, float("inf"), float("nan")):
        assert refusal({"prompt": "a", field: wrong}).errors[0][0] == field


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
