"""A deployed stage as operators see it: found by its stage's name, through SSM and the functions' own settings."""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

import boto3

NAMES_PATH = "/easel/{stage}/functions/"


def own_account(service: str) -> Any:
    """A client with the AWS credentials and region of whoever runs this."""
    return boto3.client(service)  # type: ignore[call-overload]


class NotDeployed(Exception):
    """No stage of that name where these AWS credentials lead."""


class CommandRefused(Exception):
    """A command that Easel answered with an error; carries the answer."""

    def __init__(self, answer: Any) -> None:
        super().__init__(json.dumps(answer))
        self.answer = answer


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
            raise NotDeployed(f"nothing at SSM {path}: is stage {self.stage!r} deployed in this account and region?")
        return found

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
