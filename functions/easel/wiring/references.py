"""References made ready: what the task `prepare` works with, and nothing of attempts."""

from collections.abc import Callable
from typing import Any

from easel.aws import clients
from easel.execution.fetch_client import FetchClient
from easel.execution.prepare import Prepare
from easel.settings import PrepareSettings
from easel.wiring.parts import Parts


def prepare(parts: Parts, fetch: Callable[[str, str], str | None], **options: Any) -> Prepare:
    """References made ready for providers; `fetch` stores what an address holds under a key, or says why not."""
    return Prepare(store=parts.store, assets=parts.assets, fetch=fetch, **options)


def prepare_of(settings: PrepareSettings, parts: Parts) -> Prepare:
    """The same, by the function that may connect to servers of others."""
    return prepare(parts, FetchClient(clients.lambda_functions(), settings.fetch_function))
