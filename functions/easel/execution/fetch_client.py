"""Invokes the `fetch` function, the only one that may connect to a reference's URL, and says why it stored nothing."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

Fetch = Callable[[str, str], str | None]  # from an address and a key to why nothing is there; None: it is there


@dataclass(frozen=True)
class FetchClient:
    """The function `fetch`, asked and waited for."""

    client: "LambdaClient"
    function: str

    def __call__(self, url: str, key: str) -> str | None:
        """Why the bytes could not be had, None where they are at the key now."""
        payload = json.dumps({"url": url, "key": key}).encode()
        answer = self.client.invoke(FunctionName=self.function, Payload=payload)
        if answer.get("FunctionError"):
            raise RuntimeError("fetch failed without an answer")  # what it said may hold the address
        said = json.loads(answer["Payload"].read())
        return None if said["reason"] is None else str(said["reason"])
