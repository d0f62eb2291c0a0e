"""What the functions of a stage said lately, merged by time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from easel.clock import SystemClock
from ops.deployed import Deployed
from ops.errors import WrongUse

NOISE = ("START ", "END ", "REPORT ", "INIT_START", "RESTORE_", '{"_aws":')  # the platform's own lines, and metrics
GROUP = "/aws/lambda/"


@dataclass(frozen=True)
class Line:
    """One line: when (ms), which function, what it said."""

    at: int
    function: str
    text: str

    @property
    def fields(self) -> Any:
        """What it says, where that is JSON; else the text."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text


def lines(
    deployed: Deployed, *, span: int, functions: list[str], words: str | None, level: str | None, limit: int
) -> list[Line]:
    """The newest lines, oldest first: of these functions (none: all), with these words, of this level.

    Raises WrongUse for a function that there is not.
    """
    strange = [name for name in functions if name not in deployed.functions]
    if strange:
        raise WrongUse(f"--function: {', '.join(strange)} is none; there is {', '.join(sorted(deployed.functions))}")
    since = SystemClock().now() - span
    found = [
        line
        for name in functions or sorted(deployed.functions)
        for line in _said(deployed, name, since, words, limit)
        if level is None or _level(line) == level
    ]
    return sorted(found, key=lambda line: line.at)[-limit:]


def _said(deployed: Deployed, name: str, since: int, words: str | None, limit: int) -> Iterator[Line]:
    client = deployed.client("logs")
    asked: dict[str, Any] = {"logGroupName": group_of(deployed, name), "startTime": since}
    if words:
        asked["filterPattern"] = json.dumps(words)
    pages = client.get_paginator("filter_log_events").paginate(**asked, PaginationConfig={"MaxItems": 20 * limit})
    try:
        for page in pages:
            for event in page["events"]:
                text = event["message"].rstrip()
                if text and not text.startswith(NOISE):
                    yield Line(event["timestamp"], name, text)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":  # a function that was never called
            raise


def group_of(deployed: Deployed, name: str) -> str:
    """The log group of a function. Raises NotDeployed."""
    told = deployed.client("lambda").get_function_configuration(FunctionName=deployed.arn(name))
    group: str = told.get("LoggingConfig", {}).get("LogGroup") or GROUP + told["FunctionName"]
    return group


def _level(line: Line) -> str | None:
    said = line.fields
    return said.get("level") if isinstance(said, dict) else None
