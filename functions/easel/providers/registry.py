"""Provider names and where their adapters live; a module is imported when its provider is, or may soon be, built."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import cast

from easel.providers.protocol import Provider
from easel.settings import ProviderSettings

ADAPTERS: Mapping[str, str] = {
    "openai": "easel.providers.openai:OpenAI",
    "azure_openai": "easel.providers.azure_openai:AzureOpenAI",
    "bedrock": "easel.providers.bedrock:Bedrock",
    "fal": "easel.providers.fal:Fal",
    "gemini": "easel.providers.gemini:Gemini",
    "openai_compatible": "easel.providers.openai_compatible:OpenAICompatible",
}


def build(name: str, settings: ProviderSettings, key: str | None) -> Provider:
    """The adapter of a provider, set up; raises LookupError for a name that nobody wrote an adapter for."""
    if name not in ADAPTERS:
        raise LookupError(f"no adapter for provider {name!r}; there is {', '.join(sorted(ADAPTERS))}")
    module, _, maker = ADAPTERS[name].partition(":")
    return cast(Provider, getattr(import_module(module), maker)(settings, key))


def preload(names: Iterable[str], adapters: Mapping[str, str] = ADAPTERS) -> None:
    """Import the adapters of these providers. One that cannot be imported is left to the attempt that builds it."""
    for name in names:
        if name in adapters:
            with suppress(ImportError):
                import_module(adapters[name].partition(":")[0])
