"""The workflow's task: one turn of one provider."""

from functools import cache
from typing import Any

from easel.aws.redaction import logged, redact_errors
from easel.execution.attempt import RunAttempt
from easel.settings import AttemptSettings
from easel.wiring import execution
from easel.wiring.parts import parts


@cache
def _turn() -> RunAttempt:
    settings = AttemptSettings.load()
    return execution.run_attempt_of(settings, parts(settings))


@logged("attempt")
@redact_errors
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"jobId", "turn", "dead"}` in, an outcome out."""
    return _turn()(event["jobId"], crashes=event["turn"], dead=event["dead"]).body()
