"""OpenAI's models as deployments of one's own on Azure: the same wire at another address, with another key."""

from typing import Any

import openai

from easel.providers.errors import ProviderMisconfigured
from easel.providers.openai_errors import KEY
from easel.providers.openai_wire import call, pictures, whole
from easel.providers.protocol import Made, Order
from easel.settings import ProviderSettings

NAME = "azure_openai"
API_VERSION = "2025-04-01-preview"


class AzureOpenAI:
    """Generations and edits of one deployment, which an order names as its model."""

    def __init__(self, settings: ProviderSettings, key: str | None) -> None:
        self._endpoint = settings.base_url
        self._api_version = settings.api_version or API_VERSION
        self._key = key

    def make(self, order: Order) -> Made:
        """Make images, or raise a ProviderError that says what to do next. Raises ProviderMisconfigured."""
        if not self._key:
            raise ProviderMisconfigured(f"{NAME}: no key", what="key", remedy=KEY)
        if not self._endpoint:
            remedy = "set base_url in the stage file, such as https://my-resource.openai.azure.com"
            raise ProviderMisconfigured(f"{NAME}: no address", what="address", remedy=remedy)
        return call(NAME, order, {**_words(order), **pictures(order)}, client=lambda given: self._client(order, given))

    def _client(self, order: Order, given: dict[str, Any]) -> openai.AsyncOpenAI:
        return openai.AsyncAzureOpenAI(
            api_key=self._key,
            azure_endpoint=self._endpoint or "",
            azure_deployment=order.model,
            api_version=self._api_version,
            **given,
        )


def _words(order: Order) -> dict[str, Any]:
    """Azure still says `user`, and how strict it is belongs to the deployment."""
    words = whole(order)
    words.pop("extra_body", None)
    words["user"] = words.pop("safety_identifier")
    return words
