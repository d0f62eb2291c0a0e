"""Rows for tests, with everything a test does not care about filled in."""

import base64
from typing import Any

from easel.catalog.plan import Step
from easel.credits.balance import HoldTerms, grant, hold
from easel.credits.model import Balance, Grant
from easel.credits.movement import Movement, still
from easel.jobs.attempts import Attempt, Call, StoredImage
from easel.jobs.model import Job
from easel.limits.budget_shards import Reservation
from easel.providers.protocol import Outcome
from tests.support.fakes import NOON, png


def a_step(provider: str = "openai", **changes: Any) -> Step:
    fields: dict[str, Any] = {
        "provider": provider,
        "model": f"{provider}-model",
        "upstream": f"{provider}-model",
        "credits_per_image": 6,
        "worst_micros_per_image": 53_000,
        "width": 1024,
        "height": 1024,
    }
    return Step(**{**fields, **changes})


def a_job(**changes: Any) -> Job:
    route = changes.pop("route", (a_step("openai"), a_step("second", credits_per_image=3)))
    fields: dict[str, Any] = {
        "id": "job1",
        "owner": "user:local:ann",
        "payer": "user:local:ann",
        "start_token": "t",
        "mode": "text_to_image",
        "model_id": "m",
        "requested_model_id": "m",
        "width": 1024,
        "height": 1024,
        "quality": "medium",
        "route": route,
        "held": 6 * changes.get("n", 1),
        "reservations": (Reservation(day="2026-10-28", shard=0, micros=53_000),),
        "created_at": NOON,
        "deadline_at": NOON + 900_000,
    }
    return Job(**{**fields, **changes})


def an_attempt(number: int = 1, provider: str = "openai", **changes: Any) -> Attempt:
    fields: dict[str, Any] = {
        "number": number,
        "provider": provider,
        "model": f"{provider}-model",
        "slots": (0,),
        "started_at": NOON,
        "lease_until": NOON + 430_000,
        "turn": 0,
        "worker": "w",
    }
    return Attempt(**{**fields, **changes})


def ended(outcome: Outcome, number: int = 1, provider: str = "openai", *, paid: bool = True, **changes: Any) -> Attempt:
    """An attempt that was heard of, with the one call it made."""
    slots = changes.get("slots", (0,))
    call = Call(started_at=NOON, milliseconds=900, slots=slots, outcome=outcome, paid=paid)
    return an_attempt(number, provider, **{"outcome": outcome, "calls": (call,), "ended_at": NOON, **changes})


def an_image(slot: int = 0) -> StoredImage:
    return StoredImage(
        slot=slot, key=f"k{slot}", thumbnail_key=f"t{slot}", width=8, height=8, mime_type="image/png", bytes=70
    )


def a_gift(amount: int = 100, **changes: Any) -> Grant:
    return Grant(**{"id": f"g{amount}", "amount": amount, "created_at": NOON, **changes})


def a_balance(*gifts: Grant, now: int = NOON) -> Balance:
    """A balance as it stands after these grants."""
    balance = Balance(owner="user:local:ann")
    for gift in gifts or (a_gift(),):
        balance = grant(balance, gift, now=now, by="test").after
    return balance


def a_hold(balance: Balance, amount: int, *, job_id: str = "job1", now: int = NOON) -> Movement:
    return hold(still(balance), amount, HoldTerms(in_flight_max=8), job_id=job_id, now=now)


def a_data_url(content: bytes | None = None, mime_type: str = "image/png") -> str:
    """An image as a request carries it."""
    return f"data:{mime_type};base64,{base64.b64encode(content or png()).decode()}"
