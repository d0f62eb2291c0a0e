"""What the other providers' errors mean, row by row, and what their adapters send."""

import json
from dataclasses import replace
from typing import Any

import httpx2
import openai
import pytest
from botocore.exceptions import ClientError
from google.genai import errors

from easel.catalog.sizes import Size
from easel.providers import bedrock, fal, gemini, openai_errors
from easel.providers.aspect_ratios import nearest
from easel.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnsupported,
)
from easel.providers.protocol import Picture
from tests.support.stand_ins import an_image, an_order


def of_bedrock(status: int, code: str) -> ProviderError:
    answer: Any = {
        "Error": {"Code": code, "Message": "m"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r1", "HTTPHeaders": {"retry-after": "7"}},
    }
    return bedrock.error_of(ClientError(answer, "InvokeModel"))


@pytest.mark.parametrize(
    ("status", "code", "kind", "paid"),
    [
        (400, "ValidationException", ProviderUnsupported, False),
        (400, "ServiceQuotaExceededException", ProviderMisconfigured, False),
        (403, "AccessDeniedException", ProviderMisconfigured, False),
        (403, "ExpiredTokenException", ProviderMisconfigured, False),
        (403, "SomethingNewException", ProviderMisconfigured, False),
        (404, "ResourceNotFoundException", ProviderMisconfigured, False),
        (408, "ModelTimeoutException", ProviderUnavailable, True),
        (424, "ModelErrorException", ProviderUnavailable, False),
        (429, "ThrottlingException", ProviderBusy, False),
        (429, "ModelNotReadyException", ProviderBusy, False),
        (500, "InternalServerException", ProviderUnavailable, False),
        (503, "ServiceUnavailableException", ProviderUnavailable, False),
        (502, "502", ProviderUnavailable, True),
    ],
)
def test_every_exception_of_bedrock_has_one_meaning(
    status: int, code: str, kind: type[ProviderError], paid: bool
) -> None:
    error = of_bedrock(status, code)

    assert (type(error), error.paid, error.request_id) == (kind, paid, "r1")


def of_gemini(status: int, name: str | None, *details: Any) -> ProviderError:
    body = {"error": {"code": status, "message": "m", "status": name, "details": list(details)}} if name else {}
    return gemini.error_of(errors.APIError(status, body))


DAILY = {"violations": [{"quotaId": "ImagesPerDayPerProject"}]}


@pytest.mark.parametrize(
    ("status", "name", "details", "kind", "paid"),
    [
        (400, "INVALID_ARGUMENT", (), ProviderUnsupported, False),
        (400, "INVALID_ARGUMENT", ({"reason": "API_KEY_INVALID"},), ProviderMisconfigured, False),
        (400, "FAILED_PRECONDITION", (), ProviderMisconfigured, False),
        (401, "UNAUTHENTICATED", (), ProviderMisconfigured, False),
        (403, "PERMISSION_DENIED", (), ProviderMisconfigured, False),
        (403, None, (), ProviderMisconfigured, False),
        (404, "NOT_FOUND", (), ProviderMisconfigured, False),
        (429, "RESOURCE_EXHAUSTED", (), ProviderBusy, False),
        (429, "RESOURCE_EXHAUSTED", (DAILY,), ProviderMisconfigured, False),
        (500, "INTERNAL", (), ProviderUnavailable, False),
        (503, "UNAVAILABLE", (), ProviderUnavailable, False),
        (504, "DEADLINE_EXCEEDED", (), ProviderUnavailable, True),
        (502, None, (), ProviderUnavailable, True),
    ],
)
def test_every_error_of_gemini_has_one_meaning(
    status: int, name: str | None, details: tuple[Any, ...], kind: type[ProviderError], paid: bool
) -> None:
    error = of_gemini(status, name, *details)

    assert (type(error), error.paid) == (kind, paid)


def test_geminis_wait_is_in_its_details() -> None:
    assert of_gemini(429, "RESOURCE_EXHAUSTED", {"retryDelay": "16.5s"}).retry_after_seconds == 17


def of_fal(status: int, body: Any = None, *, paid: bool = False, **headers: str) -> ProviderError:
    content = b"<html>" if body is None else json.dumps(body).encode()
    return fal.error_of(httpx2.Response(status, content=content, headers=headers), paid=paid)


POLICY = {"detail": [{"loc": ["body", "prompt"], "msg": "m", "type": "content_policy_violation"}]}
SHAPE = {"detail": [{"loc": ["body", "image_size"], "msg": "m", "type": "value_error"}]}


@pytest.mark.parametrize(
    ("status", "body", "kind", "paid"),
    [
        (401, {"detail": "no"}, ProviderMisconfigured, False),
        (402, {"detail": "no"}, ProviderMisconfigured, False),
        (403, {"detail": "Exhausted balance"}, ProviderMisconfigured, False),
        (404, {"detail": "no"}, ProviderMisconfigured, False),
        (307, {"detail": "there"}, ProviderMisconfigured, False),
        (422, POLICY, ProviderRefused, False),
        (422, SHAPE, ProviderUnsupported, False),
        (429, {"detail": "slow"}, ProviderBusy, False),
        (500, {"detail": "oh"}, ProviderUnavailable, False),
        (503, {"detail": "oh"}, ProviderUnavailable, False),
        (502, None, ProviderUnavailable, True),
    ],
)
def test_every_error_of_fal_has_one_meaning(status: int, body: Any, kind: type[ProviderError], paid: bool) -> None:
    error = of_fal(status, body)

    assert (type(error), error.paid) == (kind, paid)


def test_what_goes_wrong_with_a_task_that_was_taken_on_may_have_been_billed() -> None:
    assert of_fal(422, POLICY, paid=True).paid


@pytest.mark.parametrize(
    ("code", "kind", "what"),
    [
        ("moderation_blocked", ProviderRefused, None),
        ("insufficient_quota", ProviderMisconfigured, "quota"),
        ("server_error", ProviderUnavailable, None),
        (None, ProviderUnavailable, None),
    ],
)
def test_an_error_in_the_middle_of_a_stream_may_have_been_billed(
    code: str | None, kind: type[ProviderError], what: str | None
) -> None:
    request = httpx2.Request("POST", "https://api.openai.com/v1/images/generations")

    error = openai_errors.broken_off("openai", openai.APIError("m", request, body={"code": code}))

    assert (type(error), error.paid) == (kind, True)
    assert getattr(error, "what", None) == what


def test_stability_is_told_a_shape_or_a_picture_never_both() -> None:
    drawn = bedrock.words(an_order(model="stability.sd3-5-large-v1:0", width=1344, height=768))
    edited = bedrock.words(an_order(model="stability.sd3-5-large-v1:0", references=(Picture(an_image(), "image/png"),)))

    assert drawn == {"prompt": "A lighthouse at dusk", "output_format": "png", "aspect_ratio": "16:9"}
    assert set(edited) == {"prompt", "output_format", "mode", "image", "strength"}


def test_fal_is_told_the_quality_only_where_a_model_has_one() -> None:
    assert fal.words(an_order(model="openai/gpt-image-2"))["quality"] == "medium"
    assert "quality" not in fal.words(an_order(model="fal-ai/flux-2/turbo"))


def test_what_goes_into_a_picture_at_fal_is_counted_by_the_megapixel_begun() -> None:
    sizes = (1000 * 1000, 1024 * 1024 + 1, 9_000_000)
    references = tuple(Picture(an_image(), "image/png", pixels) for pixels in sizes)
    order = an_order(model="fal-ai/flux-2/turbo", width=1024, height=1024)

    assert fal.each_micros(order) == 8_000
    assert fal.each_micros(replace(order, references=references)) == 8_000 * (1 + 1 + 2 + 4)


def test_a_size_is_said_as_the_nearest_shape() -> None:
    assert nearest(Size(5504, 3072), gemini.RATIOS) == "16:9"
    assert nearest(Size(1000, 1010), bedrock.RATIOS) == "1:1"
    assert nearest(Size(640, 1536), bedrock.RATIOS) == "9:21"
