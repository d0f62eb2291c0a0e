"""Posts to the servers of others, alone in this: it holds no secret, reads nothing, and may do nothing in AWS."""

import time
from typing import Any

from easel.aws.redaction import logged, redact_errors
from easel.outbound.guarded_post import post
from easel.outbound.urls import FetchFailed

ANSWER_BYTES = 1_024  # of what was read that are handed on


@logged("post")
@redact_errors
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"url", "headers", "body"}` in; status and beginning of the answer out, or the reason why there was none.

    Never raises for what a stranger does.
    """
    begun = time.monotonic()
    try:
        posted = post(event["url"], event["body"].encode(), event["headers"])
    except FetchFailed as failure:
        return {"reason": str(failure), "milliseconds": _since(begun)}
    return {
        "status": posted.status,
        "answer": posted.content[:ANSWER_BYTES].decode("utf-8", "replace"),
        "retryAfter": posted.retry_after[:64],
        "milliseconds": _since(begun),
    }


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1_000)
