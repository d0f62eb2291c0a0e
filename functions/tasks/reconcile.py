"""Every minute: finish jobs that stopped moving, and forget who asked for it."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from easel.aws.redaction import logged, redact_errors
from easel.maintenance.erase_owner import CarryOutErasures
from easel.maintenance.reconcile import Reconcile
from easel.settings import ReconcileSettings
from easel.wiring import maintenance, settlement
from easel.wiring.parts import CLOCK, parts

SPARE_MILLISECONDS = 10_000  # of the function's time, kept for the job in hand


@cache
def _hands() -> tuple[Reconcile, CarryOutErasures]:
    settings = ReconcileSettings.load()
    log: Any = Logger(service="reconcile")
    made = parts(settings)
    settle = settlement.settle(made)
    erase = maintenance.erase(made, settle)
    return maintenance.reconcile(made, settle, erase, log), maintenance.carry_out_erasures(made, erase)


@logged("reconcile")
@redact_errors
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Any event in, how many jobs were moved on and marked out."""
    until = CLOCK.now() + context.get_remaining_time_in_millis() - SPARE_MILLISECONDS
    reconcile, forgetting = _hands()
    return {"moved": reconcile(until=until), "erasing": forgetting(until=until)}
