"""The function `post`, as `deliver` asks it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from easel.webhooks.sending import Answered

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

NOT_SENT = Answered(milliseconds=0, reason="it could not be sent just now")


@dataclass(frozen=True)
class PostClient:
    """The function `post`, asked and waited for."""

    client: "LambdaClient"
    function: str

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """What came of the request; where the function itself fails, nothing was heard of it."""
        asked = {"url": url, "headers": dict(headers), "body": body.decode()}
        try:
            answer = self.client.invoke(FunctionName=self.function, Payload=json.dumps(asked).encode())
            if answer.get("FunctionError"):
                return NOT_SENT
            said = json.loads(answer["Payload"].read())
            return Answered(
                milliseconds=int(said["milliseconds"]),
                status=said.get("status"),
                reason=str(said.get("reason") or ""),
                answer=str(said.get("answer") or ""),
                retry_after=str(said.get("retryAfter") or ""),
            )
        except (ClientError, BotoCoreError, ValueError, KeyError, TypeError):
            return NOT_SENT
