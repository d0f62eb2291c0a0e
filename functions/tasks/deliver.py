"""Tells owners' servers, and the bus, that jobs have ended: at once where it is asked, every minute what is due."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from easel.aws.redaction import logged, redact_errors
from easel.settings import DeliverSettings
from easel.webhooks.deliver import Deliver
from easel.wiring import webhooks
from easel.wiring.parts import CLOCK, parts

SPARE_MILLISECONDS = 45_000  # of the function's time, kept for the requests in hand: two that never end, and a pause


@cache
def _settings() -> DeliverSettings:
    return DeliverSettings.load()


@cache
def _deliver() -> Deliver:
    return webhooks.deliver_of(_settings(), parts(_settings()))


@logged("deliver")
@redact_errors
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """What ended: `{"jobId"}`; one delivery: `{"delivery"}`; an endpoint's secret: `{"secretOf"}`; else what is due.

    How many deliveries that were, or the secret.
    """
    if "secretOf" in event:
        return {"secret": webhooks.secret_of(_settings(), **event["secretOf"])}
    until = CLOCK.now() + context.get_remaining_time_in_millis() - SPARE_MILLISECONDS
    if "jobId" in event:
        return {"delivered": _deliver().job(event["jobId"], until=until)}
    if "delivery" in event:
        named = event["delivery"]
        return {"pending": _deliver().one(named["owner"], named["endpoint"], named["id"])}
    return {"looked": _deliver().due(until=until)}
