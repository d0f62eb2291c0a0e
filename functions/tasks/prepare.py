"""The workflow's task for jobs with references."""

from functools import cache
from typing import Any

from easel.aws.redaction import redact_errors
from easel.execution.prepare import Prepare
from easel.settings import PrepareSettings
from easel.wiring import execution


@cache
def _prepare() -> Prepare:
    return execution.prepare(PrepareSettings.load())


@redact_errors
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"jobId"}` in, an outcome out."""
    return _prepare()(event["jobId"]).body()
