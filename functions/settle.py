"""The workflow's last task, and what a dead execution's event and the reconciler lead to."""

from functools import cache
from typing import Any

from easel import wiring
from easel.settings import SettleSettings
from easel.settle import Settle
from easel.traces import sealed


@cache
def _settle() -> Settle:
    return wiring.settle(SettleSettings.load())


@sealed
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"jobId"}` in, an outcome out."""
    return _settle()(event["jobId"]).body()
