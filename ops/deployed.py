"""A deployed stage as operators see it: found by its stage's name, through SSM and the functions' own settings."""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

import boto3

from infra import stages

NAMES_PATH = "/easel/{stage}/functions/"


class NotDeployed(Exception):
    """No stage of that name where these AWS credentials lead."""


class CommandRefused(Exception):
    """A command that Easel answered with an error; carries the answer."""

    def __init__(self, answer: Any) -> None:
        super().__init__(json.dumps(answer))
        self.answer = answer


def deployed_stage(name: str) -> "Deployed":
    """A stage in the region and account that the stage file names, else where this machine's AWS settings lead.

    Raises StageError and NotDeployed.
    """
    stage = stages.load(name)

    def client(service: str) -> Any:
        return boto3.client(service, region_name=stage.region)  # type: ignore[call-overload]

    if stage.account is not None:
        account = client("sts").get_caller_identity()["Account"]
        if account != stage.account:
            raise NotDeployed(
                f"stage {name!r} is in account {stage.account}, as infra/stages.toml says, and these AWS credentials "
                f"lead to {account}: sign in to that one, or set AWS_PROFILE"
            )
    return Deployed(name, client)


class Deployed:
    """One stage; `client` makes a boto3 client of a service by its name."""

    def __init__(self, stage: str, client: Callable[[str], Any]) -> None:
        self.stage = stage
        self.client = client

    @cached_property
    def functions(self) -> dict[str, str]:
        """Alias ARN of every function by its name."""
        path = NAMES_PATH.format(stage=self.stage)
        pages = self.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
        found = {item["Name"].removeprefix(path): item["Value"] for page in pages for item in page["Parameters"]}
        if not found:
            region = self.client("ssm").meta.region_name
            raise NotDeployed(
                f"nothing at SSM {path} in {region}: is stage {self.stage!r} deployed in this account and region? "
                "`region` in infra/stages.toml, AWS_REGION or AWS_PROFILE name another"
            )
        return found

    @cached_property
    def by(self) -> str:
        """Who runs this, as AWS knows them: an ARN."""
        return str(self.client("sts").get_caller_identity()["Arn"])

    def setting(self, function: str, variable: str) -> str:
        """One variable of one function, such as the table it uses."""
        answer = self.client("lambda").get_function_configuration(FunctionName=self.functions[function])
        return str(answer["Environment"]["Variables"][variable])

    def invoke(self, function: str, payload: dict[str, Any]) -> Any:
        """What a function answers to a direct call; raises CommandRefused for an error."""
        arn = self.functions[function]
        answer = self.client("lambda").invoke(FunctionName=arn, Payload=json.dumps(payload).encode())
        body = json.loads(answer["Payload"].read())
        if answer.get("FunctionError") or (isinstance(body, dict) and "error" in body):
            raise CommandRefused(body)
        return body
