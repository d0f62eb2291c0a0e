"""The workflow's task for jobs with references."""

from functools import cache
from typing import Any

from easel import workshop
from easel.prepare import Prepare
from easel.settings import PrepareSettings
from easel.traces import sealed


@cache
def _prepare() -> Prepare:
    return workshop.prepare(PrepareSettings.load())


@sealed
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"jobId"}` in, an outcome out."""
    return _prepare()(event["jobId"]).body()
