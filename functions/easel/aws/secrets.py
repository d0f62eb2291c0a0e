"""Secrets Manager, read on first use and again every five minutes; the last value outlives an outage of its source."""

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from easel.aws import clients, snapstart
from easel.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FRESH_SECONDS = 300


class Secrets:
    """Secrets by their name or ARN."""

    def __init__(self, client: "SecretsManagerClient") -> None:
        self._provider = SecretsProvider(boto3_client=client)
        self._last: dict[str, str] = {}

    def text(self, name: str) -> str:
        """A secret's text. Raises Busy."""
        try:
            found = self._provider.get(name, max_age=FRESH_SECONDS)
        except GetParameterError as error:
            if name not in self._last:
                raise Busy("A secret could not be read just now; nothing was done, try again.") from error
            return self._last[name]
        self._last[name] = found.decode() if isinstance(found, bytes) else str(found)
        return self._last[name]

    def fields(self, name: str) -> dict[str, str]:
        """A secret that is a JSON object of texts."""
        return {field: str(value) for field, value in json.loads(self.text(name)).items()}


@cache
def secrets() -> Secrets:
    """The secrets of this process."""
    return Secrets(clients.secretsmanager())


def signing(name: str) -> Callable[[], bytes]:
    """The signing secret of that name, read when it is asked for."""
    return lambda: secrets().text(name).encode()


snapstart.forget_after_restore(secrets.cache_clear)
