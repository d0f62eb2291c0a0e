"""What may be told of an error nobody foresaw: its kind and its place. Its text may hold a caller's words."""

import functools
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

FRAMES_MAX = 8
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


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
            told = error_facts(error)
        logging.getLogger("easel").error(json.dumps({"message": "unforeseen", **told}))
        raise Broken(told["kind"])

    return sealing


def _where(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
