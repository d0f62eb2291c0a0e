"""The workflow's last task, and what a dead execution's event and the reconciler lead to."""

from functools import cache
from typing import Any

from easel.aws.redaction import logged, redact_errors
from easel.settings import SettleSettings
from easel.settlement.settle import Settle
from easel.wiring import settlement
from easel.wiring.parts import parts


@cache
def _settle() -> Settle:
    return settlement.settle(parts(SettleSettings.load()))


@logged("settle")
@redact_errors
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"jobId"}` in, an outcome out."""
    return _settle()(event["jobId"]).body()
