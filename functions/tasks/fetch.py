"""Connects to the servers of others, alone in this: it holds no secret, reads nothing, writes to `incoming/` alone."""

import re
from functools import cache
from typing import Any

from easel.aws import clients
from easel.aws.bucket import Bucket
from easel.aws.redaction import logged, redact_errors
from easel.outbound.guarded_fetch import fetch
from easel.outbound.urls import FetchFailed
from easel.settings import FetchSettings

KEY = re.compile(r"incoming/([0-9a-z]{1,80})/[0-9a-f]{64}")
UNJUDGED = "application/octet-stream"  # what it is, is found out where it is decoded


@cache
def _assets() -> Bucket:
    return Bucket(clients.s3(), clients.s3_unsigned(), FetchSettings.load().assets_bucket)


def _job(event: dict[str, Any]) -> object:
    """Whose reference it is, by the key."""
    found = KEY.fullmatch(str(event.get("key")))
    return found and found[1]


@logged("fetch", job=_job)
@redact_errors
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"url", "key"}` in; why nothing was stored out, or null. Never raises for what a stranger does.

    Raises ValueError.
    """
    if not KEY.fullmatch(event["key"]):
        raise ValueError("the key is not one for what comes in")
    try:
        content = fetch(event["url"])
    except FetchFailed as failure:
        return {"reason": str(failure)}
    _assets().put(event["key"], content, UNJUDGED)
    return {"reason": None}
