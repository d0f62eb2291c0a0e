"""Any server that speaks OpenAI's images wire: the parameters most of them share, at the address it was set up with.

Servers with a GPT image model behind them get the whole order; the rest would refuse options they never heard of.
"""

from typing import Any

import openai

from easel.providers.errors import ProviderMisconfigured
from easel.providers.openai_wire import call, pictures, whole
from easel.providers.protocol import Made, Order
from easel.settings import ProviderSettings

NAME = "openai_compatible"
WHOLE_WIRE = ("gpt-image-", "chatgpt-image-")
NO_KEY = "none"  # servers of one's own often ask for none; the SDK insists on a word


class OpenAICompatible:
    """Generations and edits at any base URL."""

    def __init__(self, settings: ProviderSettings, key: str | None) -> None:
        self._base_url = settings.base_url
        self._key = key or NO_KEY

    def make(self, order: Order) -> Made:
        """Make images, or raise a ProviderError that says what to do next. Raises ProviderMisconfigured."""
        if not self._base_url:
            raise ProviderMisconfigured(f"{NAME}: no address", what="address", remedy="set base_url in the stage file")
        words = whole(order) if order.model.startswith(WHOLE_WIRE) else shared(order)
        return call(NAME, order, {**words, **pictures(order)}, client=self._client)

    def _client(self, given: dict[str, Any]) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(api_key=self._key, base_url=self._base_url, **given)


def shared(order: Order) -> dict[str, Any]:
    """The parameters most servers know. Bytes are asked for: an address would be a stranger's, and is not fetched."""
    words: dict[str, Any] = {
        "model": order.model,
        "prompt": order.prompt,
        "n": order.n,
        "size": f"{order.width}x{order.height}",
        "response_format": "b64_json",
    }
    return words if order.output_format == "png" else {**words, "output_format": order.output_format}
