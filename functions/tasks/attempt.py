"""The workflow's task: one turn of one provider."""

import os
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
    execution.preload(settings)
    return execution.run_attempt_of(settings, parts(settings))


@logged("attempt")
@redact_errors
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"jobId", "turn", "dead"}` in, an outcome out."""
    return _turn()(event["jobId"], crashes=event["turn"], dead=event["dead"]).body()


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda does not count this phase against the function's time limit, and no attempt is open yet.
    _turn()
