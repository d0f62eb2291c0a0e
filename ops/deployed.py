"""A deployed stage as operators see it: found by its stage's name, through SSM and the functions' own settings."""

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from easel.aws.dynamodb import Database
from easel.clock import SystemClock
from infra import stages
from local.aws import Emulated
from local.places import Places
from local.ports import remembered
from ops.errors import AnotherAccount, CommandRefused, NotDeployed

MAKING = threading.Lock()  # boto3's own session makes one client at a time
CERTIFICATE = "EASEL_CERTIFICATE"  # of an emulator that speaks TLS alone, as `EASEL_IAM=1 make test` has it
ROOT_PATH = "/easel/"
NAMES_PATH = ROOT_PATH + "{stage}/functions/"
# A command is safe to repeat by itself: what moves credits goes under a key.
LIMITS = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 3})


def deployed_stage(name: str) -> "Deployed":
    """A stage in the region and account that the stage file names, else where this machine's AWS settings lead.

    A stage of this machine is found at its own emulator, whatever account the shell is signed in to. Raises StageError,
    NotDeployed and AnotherAccount.
    """
    stage = stages.load(name)
    found = undisputed_stage(stage)
    if stage.account is not None and not stage.emulated:
        account = found.client("sts").get_caller_identity()["Account"]
        if account != stage.account:
            raise AnotherAccount(
                f"stage {name!r} is in account {stage.account}, as infra/stages.toml says, and these AWS credentials "
                f"lead to {account}: sign in to that one, or set AWS_PROFILE"
            )
    return found


def undisputed_stage(stage: stages.Stage) -> "Deployed":
    """The same, whatever account these credentials lead to. Raises NotDeployed."""
    if stage.emulated and "AWS_ENDPOINT_URL" not in os.environ:
        return Deployed(stage.name, _emulator(stage.name).client)
    usual = stage.region or os.environ.get("AWS_REGION")  # which boto3 does not read

    def client(service: str, region: str | None = None) -> Any:
        with MAKING:
            return boto3.client(service, region_name=region or usual, config=LIMITS)  # type: ignore[call-overload]

    return Deployed(stage.name, client)


def _emulator(name: str) -> Emulated:
    port = remembered(Places(name).file("ports.json")).get("emulator")
    if port is None:
        raise NotDeployed(f"stage {name!r} is one of this machine, and was never started here: `make up`")
    trusted = os.environ.get(CERTIFICATE)
    return Emulated(port, Path(trusted) if trusted else None)


class Deployed:
    """One stage; `client` makes a boto3 client of a service by its name, in another region where one is named."""

    def __init__(self, stage: str, client: Callable[..., Any]) -> None:
        self.stage = stage
        self.client = client

    @cached_property
    def functions(self) -> dict[str, str]:
        """Alias ARN of every function by its name."""
        found = self._parameters(NAMES_PATH.format(stage=self.stage))
        if not found:
            raise NotDeployed(self._missing())
        return found

    @cached_property
    def database(self) -> Database:
        """Its tables."""
        return Database(self.client("dynamodb"), SystemClock())

    @cached_property
    def by(self) -> str:
        """Who runs this, as AWS knows them: an ARN."""
        return str(self.client("sts").get_caller_identity()["Arn"])

    def arn(self, function: str) -> str:
        """The alias to invoke for a function. Raises NotDeployed."""
        if function not in self.functions:
            raise NotDeployed(f"stage {self.stage!r} has no function {function!r}: deploy this release there first")
        return self.functions[function]

    def environment(self, function: str) -> dict[str, str]:
        """What one function is told by its environment. Raises NotDeployed."""
        return self._environments(function, self.arn(function))

    def setting(self, function: str, variable: str) -> str:
        """One variable of one function, such as the table it uses."""
        return self.environment(function)[variable]

    def invoke(self, function: str, payload: dict[str, Any]) -> Any:
        """What a function answers to a direct call; raises CommandRefused for an error, and NotDeployed."""
        arn = self.arn(function)
        answer = self.client("lambda").invoke(FunctionName=arn, Payload=json.dumps(payload).encode())
        body = json.loads(answer["Payload"].read())
        if answer.get("FunctionError") or (isinstance(body, dict) and "error" in body):
            raise CommandRefused(body)
        return body

    def _environments(self, function: str, arn: str) -> dict[str, str]:
        if function not in self._read:
            answer = self.client("lambda").get_function_configuration(FunctionName=arn)
            self._read[function] = dict(answer["Environment"]["Variables"])
        return self._read[function]

    @cached_property
    def _read(self) -> dict[str, dict[str, str]]:
        return {}

    def _parameters(self, path: str) -> dict[str, str]:
        pages = self.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
        return {item["Name"].removeprefix(path): item["Value"] for page in pages for item in page["Parameters"]}

    def _missing(self) -> str:
        path, region = NAMES_PATH.format(stage=self.stage), self.client("ssm").meta.region_name
        others: set[str] = set()
        with suppress(ClientError):  # who may not list the others is told the rest
            others = {name.partition("/")[0] for name in self._parameters(ROOT_PATH)}
        there = f"deployed there: {', '.join(sorted(others))}" if others else "no stage of Easel is deployed there"
        return (
            f"nothing at SSM {path} in {region}: is stage {self.stage!r} deployed in this account and region? "
            f"({there}.) `region` in infra/stages.toml, AWS_REGION or AWS_PROFILE name another"
        )
