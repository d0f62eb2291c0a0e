"""References and masks in a request: what is read, and what is refused at once."""

import base64

import pytest

from easel.errors import InvalidReference
from easel.providers.protocol import Picture
from tests.support.picture_files import a_png
from tests.support.request_bodies import PNG, a_job, data_url, refusal
from tests.support.requests import a_job_request


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
