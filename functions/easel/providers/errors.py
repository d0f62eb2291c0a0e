"""What goes wrong at a provider: what the next move is, and whether the call may have been billed.

None of these reaches a caller as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class ProviderError(Exception):
    """A provider's call that made no image.

    `paid` says whether the call may have been billed, `cost_micros` what it did cost where that is known,
    `request_id` is the provider's own name for it.
    """

    outcome = "unavailable"

    def __init__(
        self,
        reason: str,
        *,
        paid: bool = False,
        request_id: str | None = None,
        retry_after_seconds: int | None = None,
        cost_micros: int | None = None,
        usage: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.paid = paid
        self.request_id = request_id
        self.retry_after_seconds = retry_after_seconds
        self.cost_micros = cost_micros
        self.usage = dict(usage or {})


class ProviderRefused(ProviderError):
    """Moderation blocked the prompt or its result: final, and no other provider is asked."""

    outcome = "refused"

    def __init__(self, reason: str, *, stage: str = "unknown", categories: Sequence[str] = (), **facts: Any) -> None:
        super().__init__(reason, **facts)
        self.stage = stage
        self.categories = tuple(categories)


class ProviderBusy(ProviderError):
    """Rate limited: not billed, worth another try after `retry_after_seconds`, sooner with another provider."""

    outcome = "busy"


class ProviderUnavailable(ProviderError):
    """Down, overloaded, or it answered without a usable image: the next provider's turn."""

    outcome = "unavailable"


class ProviderMisconfigured(ProviderError):
    """Key, quota, verification or model name is wrong: the next provider's turn, and an operator must act.

    `what` is one stable word for it, `remedy` the sentence that an operator needs.
    """

    outcome = "misconfigured"

    def __init__(self, reason: str, *, what: str = "setup", remedy: str = "", **facts: Any) -> None:
        super().__init__(f"{reason}; {remedy}" if remedy else reason, **facts)
        self.what = what
        self.remedy = remedy


class ProviderUnsupported(ProviderError):
    """The provider rejected the request's options: the next provider may take them."""

    outcome = "unsupported"


class ProviderUnknown(ProviderError):
    """Sent, but no answer came: timed out or cut off. It may have been billed."""

    outcome = "unknown"

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason, **{"paid": True, **facts})
