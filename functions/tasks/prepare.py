"""The workflow's task for jobs with references."""

from functools import cache
from typing import Any

from easel.aws.redaction import logged, redact_errors
from easel.execution.prepare import Prepare
from easel.settings import PrepareSettings
from easel.wiring import references
from easel.wiring.parts import parts


@cache
def _prepare() -> Prepare:
    settings = PrepareSettings.load()
    return references.prepare_of(settings, parts(settings))


@logged("prepare")
@redact_errors
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"jobId"}` in, an outcome out."""
    return _prepare()(event["jobId"]).body()
