"""The function `deliver`, as other functions ask it."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from easel.aws.redaction import error_facts
from easel.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

LOG = logging.getLogger("easel")


@dataclass(frozen=True)
class DeliverClient:
    """The function `deliver`. What it is asked to do at once it does within a minute by itself: nothing is lost."""

    client: "LambdaClient"
    in_passing: "LambdaClient"  # is not waited for so long
    function: str

    def job(self, job_id: str) -> None:
        """Ask for a job's event to be delivered now, without waiting; never raises."""
        self._ask({"jobId": job_id})

    def one(self, owner: str, endpoint_id: str, delivery_id: str) -> None:
        """Ask for one delivery to be tried now, without waiting; never raises."""
        self._ask({"delivery": {"owner": owner, "endpoint": endpoint_id, "id": delivery_id}})

    def secret(self, owner: str, endpoint_id: str, version: int) -> str:
        """A version of an endpoint's secret, as its owner is shown it. Raises Busy."""
        asked = {"secretOf": {"owner": owner, "endpoint": endpoint_id, "version": version}}
        try:
            answer = self.client.invoke(FunctionName=self.function, Payload=json.dumps(asked).encode())
            said = json.loads(answer["Payload"].read())
            return str(said["secret"])
        except (ClientError, BotoCoreError, ValueError, KeyError, TypeError):  # its text may hold the secret
            raise Busy("The secret could not be made just now; nothing was changed, try again.") from None

    def _ask(self, event: Mapping[str, Any]) -> None:
        try:
            payload = json.dumps(event).encode()
            self.in_passing.invoke(FunctionName=self.function, InvocationType="Event", Payload=payload)
        except (ClientError, BotoCoreError) as error:
            LOG.warning(json.dumps({"message": "deliver was not asked", **error_facts(error)}))
