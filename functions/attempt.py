"""The workflow's task: one turn of one provider."""

from functools import cache
from typing import Any

from easel import workshop
from easel.attempt import Turn
from easel.settings import AttemptSettings
from easel.traces import sealed


@cache
def _turn() -> Turn:
    return workshop.turn(AttemptSettings.load())


@sealed
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"jobId", "turn", "dead"}` in, an outcome out."""
    return _turn()(event["jobId"], turn=event["turn"], dead=event["dead"]).body()
