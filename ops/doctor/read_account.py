"""Facts of the AWS account: who this is, what is prepared, and what may run at once."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.stages import Stage
from ops.deployed import Deployed
from ops.doctor.facts import Bootstraps, Concurrency, Identity
from ops.doctor.model import Unknowable
from ops.errors import NotDeployed

BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
EDGE_REGION = "us-east-1"
INTEGRATION_TIMEOUT = "L-E5AE38E3"  # "Maximum integration timeout in milliseconds" of API Gateway
RESERVING = ("generate", "attempt")


@dataclass(frozen=True)
class Account:
    """Where these credentials lead."""

    stage: Stage
    deployed: Deployed

    def facts(self) -> dict[str, Callable[[], Any]]:
        """What reads each of them."""
        return {
            "identity": self.identity,
            "bootstraps": self.bootstraps,
            "concurrency": self.concurrency,
            "gateway_seconds": self.gateway_seconds,
        }

    def identity(self) -> Identity:
        """Who these credentials are; raises what AWS raises where it does not know them."""
        client = self.deployed.client("sts")
        asked = datetime.now(UTC)
        answer = client.get_caller_identity()
        middle = asked + (datetime.now(UTC) - asked) / 2
        told = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
        off = (middle - parsedate_to_datetime(told)).total_seconds() if told else None
        return Identity(answer["Account"], answer["Arn"], client.meta.region_name, off)

    def bootstraps(self) -> Bootstraps:
        """CDK's bootstrap stack in the stage's region, and in the edge's where it has one."""
        own = self.deployed.client("ssm")
        found = {own.meta.region_name: _version(own)}
        if self.stage.edge and own.meta.region_name != EDGE_REGION:
            found[EDGE_REGION] = _version(self.deployed.client("ssm", EDGE_REGION))
        return Bootstraps(found)

    def concurrency(self) -> Concurrency:
        """What Lambda may run here at once."""
        client = self.deployed.client("lambda")
        limit = client.get_account_settings()["AccountLimit"]
        ours = 0
        with suppress(NotDeployed):
            for name in RESERVING:
                if arn := self.deployed.functions.get(name):
                    told = client.get_function_concurrency(FunctionName=arn.rpartition(":")[0])
                    ours += told.get("ReservedConcurrentExecutions", 0)
        return Concurrency(limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"], ours)

    def gateway_seconds(self) -> float | None:
        """How long the gateway waits for a function at most, by the account's quota. Raises Unknowable."""
        if self.stage.emulated:
            return None
        quota = self.deployed.client("service-quotas")
        try:
            found = quota.get_service_quota(ServiceCode="apigateway", QuotaCode=INTEGRATION_TIMEOUT)["Quota"]["Value"]
        except ClientError as error:
            raise Unknowable(f"the gateway's quota cannot be read ({error.response['Error']['Code']})") from error
        return float(found) / 1000


def _version(ssm: Any) -> int | None:
    try:
        return int(ssm.get_parameter(Name=BOOTSTRAP)["Parameter"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise
