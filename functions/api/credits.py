"""credits: what moves money. By web with a key of scope `grant`, and by command."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from fastapi import Depends
from starlette.responses import JSONResponse, Response

from easel.credits import views
from easel.credits.accounts import Accounts, Granted
from easel.credits.requests import (
    AdjustBody,
    AdjustRequest,
    GrantBody,
    GrantRequest,
    Owned,
    RefundBody,
    RefundRequest,
    terms,
)
from easel.credits.views import GrantedView
from easel.errors import InvalidRequest
from easel.http import door as http_door
from easel.http import parameters
from easel.http.commands import Command, CommandCall
from easel.http.gateway import Gate, gate
from easel.identity.callers import Caller, caller_of_command
from easel.schemas import Body
from easel.settings import CreditsSettings
from easel.settlement.refund import Refund
from easel.wiring import credits as wiring_credits
from easel.wiring import refund as wiring_refund
from easel.wiring.parts import parts


@dataclass(frozen=True)
class CreditsDeps:
    """What this door works with."""

    gate: Gate
    accounts: Accounts
    refund: Refund


@cache
def deps() -> CreditsDeps:
    """The same, of this process's environment."""
    settings = CreditsSettings.load()
    made = parts(settings)
    accounts = wiring_credits.accounts(made)
    return CreditsDeps(gate=gate(settings), accounts=accounts, refund=wiring_refund.refund(made, accounts))


ANN = "user:accounts:7f3a"
door = http_door.Door("credits", deps)
app, handler = door.app, door.handler


Mover = Annotated[Caller, Depends(door.caller("grant", shown=parameters.by_bearer))]
Key = Annotated[str | None, Depends(parameters.key_of_movement)]
MADE: dict[str, Any] = {"tags": ["credits"], "status_code": 201, "response_model": GrantedView}


@app.post(
    "/api/credits/grants",
    operation_id="grantCredits",
    summary="Give credits",
    openapi_extra=parameters.takes(GrantBody, a_hundred={"owner": ANN, "amount": 100}),
    **MADE,
)
def grants(caller: Mover, key: Key, ask: Annotated[GrantBody, Depends(parameters.body(GrantBody))]) -> Response:
    """What a payment webhook calls. The `Idempotency-Key` is required: a repeat gives nothing twice."""
    return _moved(_accounts().grant, terms(ask, GrantRequest), ask, caller, key)


@app.post(
    "/api/credits/adjustments",
    operation_id="adjustCredits",
    summary="Correct a balance",
    openapi_extra=parameters.takes(AdjustBody, ten_less={"owner": ANN, "amount": -10}),
    **MADE,
)
def adjustments(caller: Mover, key: Key, ask: Annotated[AdjustBody, Depends(parameters.body(AdjustBody))]) -> Response:
    """Up or down, never below zero and never out of credits held for a job. The `Idempotency-Key` is required."""
    return _moved(_accounts().adjust, terms(ask, AdjustRequest), ask, caller, key)


@app.post(
    "/api/credits/refunds",
    operation_id="refundJob",
    summary="Give back what a job was charged",
    openapi_extra=parameters.takes(RefundBody, whole={"owner": ANN, "jobId": "01m7vzt1pfxbywsyjm9mqt0f8y"}),
    **MADE,
)
def refunds(caller: Mover, key: Key, ask: Annotated[RefundBody, Depends(parameters.body(RefundBody))]) -> Response:
    """All that was charged and not yet refunded, or `amount` of it. The `Idempotency-Key` is required."""
    return _moved(door.deps().refund, terms(ask, RefundRequest), ask, caller, key)


def _accounts() -> Accounts:
    return door.deps().accounts


def _moved(move: Callable[..., Granted], ask: Body, body: Owned, caller: Caller, key: str | None) -> Response:
    if key is None:
        raise InvalidRequest(
            "Moving credits needs an Idempotency-Key, such as the payment's id: a repeat then moves nothing twice.",
            errors=[("Idempotency-Key", "is required")],
        )
    owner = caller_of_command(body.owner).owner
    made = move(ask, owner=owner, key=key, by=f"key:{caller.key_id or caller.owner}")
    headers = {"Idempotency-Replayed": "true"} if made.replayed else {}
    return JSONResponse(views.granted(made), status_code=201, headers=headers)


def _run(move: Callable[..., Granted], order: CommandCall) -> dict[str, Any]:
    return views.granted(move(order.ask, owner=order.caller.owner, key=order.key, by=order.by))


MOVES: dict[str, Any] = {"key_required": True, "answer": GrantedView}
door.command(Command("grant", GrantRequest, lambda order: _run(_accounts().grant, order), **MOVES))
door.command(Command("adjust", AdjustRequest, lambda order: _run(_accounts().adjust, order), **MOVES))
door.command(Command("refund", RefundRequest, lambda order: _run(door.deps().refund, order), **MOVES))
