"""What may be told of a call: which job, what came of it; of an error nobody foresaw, its kind and its place.

An error's text may hold a caller's words.
"""

import functools
import json
import logging
import os
import re
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

FRAMES_MAX = 8
JOB_ID = re.compile(r"[0-9a-z]{1,80}")
QUIET = ("WARNING", "ERROR", "CRITICAL")
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def _named(event: dict[str, Any]) -> object:
    return event.get("jobId")


class Broken(Exception):
    """A function failed; its log says where. This is all that an execution's history is told."""


def error_facts(error: BaseException) -> dict[str, Any]:
    """Kind and place, and of AWS's errors the call and the code."""
    found: dict[str, Any] = {"kind": type(error).__name__, "where": _where(error)}
    if isinstance(error, ClientError):
        found["aws"] = f"{error.operation_name}: {error.response.get('Error', {}).get('Code')}"
    return found


def redact_errors(handler: Handler) -> Handler:
    """A workflow's hand whose errors reach the platform's log and the execution's history without their text.

    Raises Broken.
    """

    @functools.wraps(handler)
    def sealing(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return handler(event, context)
        except Exception as error:  # the edge of our world: the platform would write the whole text down
            told = {**error_facts(error), **job_of(_named(event))}
        logging.getLogger("easel").error(json.dumps({"message": "unforeseen", **told}))
        raise Broken(told["kind"])

    return sealing


def logged(task: str, *, job: Callable[[dict[str, Any]], object] = _named) -> Callable[[Handler], Handler]:
    """A workflow's hand that leaves one line for each call: which job, what came of it, how long it took.

    Written as it is to the platform's log, for functions whose layer holds no logging library too.
    """

    def leaving_a_line(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def telling(event: dict[str, Any], context: Any) -> dict[str, Any]:
            begun, outcome = time.monotonic(), "failed"
            try:
                answer = handler(event, context)
                outcome = str(answer.get("outcome", "done"))
                return answer
            finally:
                _line({"task": task, **job_of(job(event)), "outcome": outcome, "milliseconds": _since(begun)})

        return telling

    return leaving_a_line


def job_of(value: object) -> dict[str, str]:
    """A job's id as a field of a log line; nothing where this cannot be one."""
    return {"jobId": value} if isinstance(value, str) and JOB_ID.fullmatch(value) else {}


def _line(facts: dict[str, Any]) -> None:
    if os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO").upper() not in QUIET:
        sys.stdout.write(json.dumps({"level": "INFO", "message": "task", **facts}) + "\n")


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _where(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
