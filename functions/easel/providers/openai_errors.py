"""What OpenAI's errors mean, decided by `error.code` where there is one and by the status where there is none.

An error that the API itself wrote was not billed. What an edge wrote in its place (HTML, no code) may stand for a
picture that was made, and so may silence.
"""

from collections.abc import Mapping
from typing import Any

import openai

from easel.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnsupported,
)
from easel.providers.responses import retry_after

# The last is Azure's; content_policy_violation is older than GPT image models and still other servers' word.
REFUSALS = frozenset({"moderation_blocked", "content_policy_violation", "content_filter", "contentFilter"})

KEY = "put a valid key into the providers' secret"

# Nothing but an operator's hand helps against these: what is wrong in one word, and what it asks of the hand.
REMEDIES: Mapping[str, tuple[str, str]] = {
    "insufficient_quota": ("quota", "add credit or raise the budget in the provider's billing settings"),
    "credit_balance_exhausted": ("quota", "add credit in the provider's billing settings"),
    "billing_hard_limit_reached": ("quota", "raise the hard limit in the provider's billing settings"),
    "organization_spend_limit_exceeded": ("quota", "raise the organization's spend limit"),
    "project_spend_limit_exceeded": ("quota", "raise the project's spend limit"),
    "organization_usage_limit_exceeded": ("quota", "raise the organization's usage limit"),
    "invalid_api_key": ("key", KEY),
    "model_not_found": ("model", "the account has no such model: check the catalog against the deprecations"),
    "DeploymentNotFound": ("model", "Azure has no deployment of that name: check `model` in the stage file"),
    "unsupported_country_region_territory": ("region", "call from a region that the provider serves"),
}
VERIFY = "verify the organization at platform.openai.com/settings/organization/general, and check the project"
STATUS_REMEDIES: Mapping[int, tuple[str, str]] = {
    401: ("key", KEY),
    403: ("verification", VERIFY),
    404: ("model", "check the provider's address and the model's name"),
}
ELSEWHERE = ("address", "check the provider's address in the stage file")
WRONG_MODEL = ("model", "check the model's name in the catalog and in the stage file")


def error_of(provider: str, error: openai.APIStatusError) -> ProviderError:
    """An answer that is not 2xx, as what to do next."""
    code = error.code or ""
    status = error.status_code
    said = f"{provider}: {status} {code or error.type or 'without a code'}"
    facts: dict[str, Any] = {"request_id": error.request_id}
    if code in REFUSALS:
        return _refusal(said, error, request_id=error.request_id)
    if wrong := _wrong(error, status):
        return ProviderMisconfigured(said, what=wrong[0], remedy=wrong[1], **facts)
    if status == 429:
        return ProviderBusy(said, retry_after_seconds=retry_after(error.response.headers), **facts)
    if status >= 500 or status == 408:
        wait = retry_after(error.response.headers)
        return ProviderUnavailable(said, paid=not code, retry_after_seconds=wait, **facts)
    return ProviderUnsupported(f"{said}{f' ({error.param})' if error.param else ''}", **facts)


def broken_off(provider: str, error: openai.APIError) -> ProviderError:
    """An error in the middle of a stream: the work had begun, so that it may be billed."""
    said = f"{provider}: broke off with {error.code or error.type or 'an error without a code'}"
    if error.code in REFUSALS:
        return _refusal(said, error, paid=True)
    if wrong := _wrong(error, status=0):
        return ProviderMisconfigured(said, what=wrong[0], remedy=wrong[1], paid=True)
    return ProviderUnavailable(said, paid=True)


def _wrong(error: openai.APIError, status: int) -> tuple[str, str] | None:
    """What an operator has to mend, if anything."""
    known = REMEDIES.get(error.code or "") or REMEDIES.get(error.type or "") or STATUS_REMEDIES.get(status)
    if known:
        return known
    if error.param == "model":
        return WRONG_MODEL
    return ELSEWHERE if 300 <= status < 400 else None


def _refusal(said: str, error: openai.APIError, **facts: Any) -> ProviderRefused:
    body = error.body if isinstance(error.body, Mapping) else {}
    details = body.get("moderation_details")
    details = details if isinstance(details, Mapping) else {}
    categories = details.get("categories")
    return ProviderRefused(
        said,
        stage=str(details.get("moderation_stage") or "unknown"),
        categories=[str(each) for each in categories] if isinstance(categories, list) else [],
        **facts,
    )
