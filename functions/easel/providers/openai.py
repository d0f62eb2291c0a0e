"""OpenAI's own images API: everything explicit, so that the price is known before the call."""

from typing import Any

import openai

from easel.providers.errors import ProviderMisconfigured
from easel.providers.openai_errors import KEY
from easel.providers.openai_wire import call, pictures, whole
from easel.providers.protocol import Made, Order
from easel.settings import ProviderSettings

NAME = "openai"


class OpenAI:
    """Generations and edits through the official SDK."""

    def __init__(self, settings: ProviderSettings, key: str | None) -> None:
        self._base_url = settings.base_url
        self._key = key

    def make(self, order: Order) -> Made:
        """Make images, or raise a ProviderError that says what to do next. Raises ProviderMisconfigured."""
        if not self._key:
            raise ProviderMisconfigured(f"{NAME}: no key", what="key", remedy=KEY)
        return call(NAME, order, {**whole(order), **pictures(order)}, client=self._client)

    def _client(self, given: dict[str, Any]) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(api_key=self._key, base_url=self._base_url, **given)
