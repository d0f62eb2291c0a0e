"""The whole error table, by code."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2
import openai
import pytest

from easel.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnknown,
    ProviderUnsupported,
)
from easel.providers.openai_errors import error_of
from easel.providers.responses import not_answered, retry_after

REQUEST = httpx2.Request("POST", "https://api.openai.com/v1/images/generations")


def an_error(status: int, code: str | None, *, headers: Mapping[str, str] | None = None, **words: Any) -> ProviderError:
    response = httpx2.Response(status, request=REQUEST, headers={"x-request-id": "req_1", **(headers or {})})
    body = {"message": "m", "type": None, "param": None, "code": code, **words}
    return error_of("openai", openai.APIStatusError("m", response=response, body=body))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "moderation_blocked", ProviderRefused),
        (400, "content_policy_violation", ProviderRefused),
        (400, "contentFilter", ProviderRefused),
        (400, "invalid_value", ProviderUnsupported),
        (400, "unknown_parameter", ProviderUnsupported),
        (400, "unsupported_file_mimetype", ProviderUnsupported),
        (400, "invalid_image_file", ProviderUnsupported),
        (400, "billing_hard_limit_reached", ProviderMisconfigured),
        (401, "invalid_api_key", ProviderMisconfigured),
        (403, None, ProviderMisconfigured),
        (403, "unsupported_country_region_territory", ProviderMisconfigured),
        (404, "model_not_found", ProviderMisconfigured),
        (404, None, ProviderMisconfigured),
        (400, "model_not_found", ProviderMisconfigured),
        (413, None, ProviderUnsupported),
        (422, None, ProviderUnsupported),
        (429, "rate_limit_exceeded", ProviderBusy),
        (429, "slow_down", ProviderBusy),
        (429, None, ProviderBusy),
        (429, "insufficient_quota", ProviderMisconfigured),
        (429, "credit_balance_exhausted", ProviderMisconfigured),
        (429, "organization_spend_limit_exceeded", ProviderMisconfigured),
        (429, "project_spend_limit_exceeded", ProviderMisconfigured),
        (429, "organization_usage_limit_exceeded", ProviderMisconfigured),
        (307, None, ProviderMisconfigured),
    ],
)
def test_every_row_has_one_outcome_and_was_not_paid_for(
    status: int, code: str | None, kind: type[ProviderError]
) -> None:
    error = an_error(status, code)

    assert type(error) is kind
    assert error.paid is False
    assert error.request_id == "req_1"


@pytest.mark.parametrize(
    ("status", "code", "paid"),
    [
        (500, "server_error", False),
        (503, "server_is_overloaded", False),
        (500, None, True),
        (502, None, True),
        (504, None, True),
        (520, None, True),
        (408, None, True),
    ],
)
def test_a_server_error_without_the_apis_own_code_may_have_been_billed(
    status: int, code: str | None, paid: bool
) -> None:
    error = an_error(status, code)

    assert type(error) is ProviderUnavailable
    assert error.paid is paid


def test_a_spend_limit_is_known_by_its_type_too() -> None:
    assert isinstance(an_error(429, "some_new_limit", type="insufficient_quota"), ProviderMisconfigured)


def test_a_model_that_is_a_wrong_value_is_a_wrong_model() -> None:
    assert isinstance(an_error(400, "invalid_value", param="model"), ProviderMisconfigured)


def test_a_refusal_without_details_is_a_refusal() -> None:
    error = an_error(400, "moderation_blocked", moderation_details="?")

    assert isinstance(error, ProviderRefused)
    assert (error.stage, error.categories) == ("unknown", ())


@pytest.mark.parametrize(
    ("cause", "kind", "paid"),
    [
        (httpx2.ConnectError("x"), ProviderUnavailable, False),
        (httpx2.ConnectTimeout("x"), ProviderUnavailable, False),
        (httpx2.ReadTimeout("x"), ProviderUnknown, True),
        (httpx2.ReadError("x"), ProviderUnknown, True),
        (httpx2.RemoteProtocolError("x"), ProviderUnknown, True),
        (httpx2.WriteError("x"), ProviderUnknown, True),
        (None, ProviderUnknown, True),
    ],
)
def test_silence_before_connecting_is_free_and_after_it_is_not(
    cause: Exception | None, kind: type[ProviderError], paid: bool
) -> None:
    silence = openai.APIConnectionError(request=REQUEST)
    silence.__cause__ = cause

    error = not_answered("openai", silence)

    assert type(error) is kind
    assert error.paid is paid


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.2"}, 1),
        ({"retry-after-ms": "2500", "retry-after": "9"}, 3),
        ({"retry-after": "Fri, 20 Nov 2026 12:01:30 GMT"}, 90),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-4"}, None),
        ({}, None),
    ],
)
def test_waits_are_read_in_every_form(headers: dict[str, str], seconds: int | None) -> None:
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    assert retry_after(headers, now=now) == seconds
