"""Movements of credits by hand as callers ask for them, field by field, and what is stored under their keys."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, Field

from easel.clock import Millis
from easel.credits.model import AMOUNT_MAX
from easel.schemas import EPOCH, Body, body_hash, refuse

Terms = TypeVar("Terms", bound=Body)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse("must be a time such as 2027-01-31T00:00:00Z")
    if moment.tzinfo is None:
        refuse("must say its zone: write Z or an offset at the end")
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError:
        refuse("must be a time of the years 1 to 9999 in UTC, such as 2027-01-31T00:00:00Z")


def _not_zero(amount: int) -> int:
    if amount == 0:
        refuse("must not be 0")
    return amount


class MovementRequest(Body):
    """A movement of credits under a key. `fingerprint_kind` is stored with the key: it outlives the class's name."""

    fingerprint_kind: ClassVar[str]


class GrantRequest(MovementRequest):
    """Credits for an owner: `promotional` ones are spent before `paid` ones, a lower `priority` before a higher."""

    fingerprint_kind: ClassVar[str] = "GrantRequest"

    amount: Annotated[int, Field(ge=1, le=AMOUNT_MAX)] = Field(description="whole credits")
    kind: Literal["paid", "promotional"] = Field("paid", description="promotional ones are spent before paid ones")
    priority: Annotated[int, Field(ge=0, le=1000)] = Field(100, description="lower ones are spent before higher ones")
    expires_at: Annotated[str, AfterValidator(_moment)] | None = Field(None, description="RFC 3339; never by default")

    @property
    def expires_at_ms(self) -> Millis | None:
        """When they expire, in milliseconds since 1970."""
        if self.expires_at is None:
            return None
        return (datetime.fromisoformat(self.expires_at) - EPOCH) // timedelta(milliseconds=1)  # a float would round up


class AdjustRequest(MovementRequest):
    """A correction by hand: credits added, or taken where `amount` is negative."""

    fingerprint_kind: ClassVar[str] = "AdjustRequest"

    amount: Annotated[int, Field(ge=-AMOUNT_MAX, le=AMOUNT_MAX), AfterValidator(_not_zero)] = Field(
        description="whole credits: more, or fewer where it is negative; not 0"
    )


class RefundRequest(MovementRequest):
    """Credits a job was charged, given back: `amount` of them, or all that is left."""

    fingerprint_kind: ClassVar[str] = "RefundRequest"

    job_id: str = Field(min_length=1, max_length=80, description="the job that was charged")
    amount: Annotated[int, Field(ge=1, le=AMOUNT_MAX)] | None = Field(None, description="all that is left by default")


class Owned(Body):
    """A movement over HTTP, which names its owner in the body."""

    owner: str = Field(description="user:<issuer>:<id> or service:<account>")


class GrantBody(GrantRequest, Owned):
    """A grant over HTTP."""


class AdjustBody(AdjustRequest, Owned):
    """An adjustment over HTTP."""


class RefundBody(RefundRequest, Owned):
    """A refund over HTTP."""


def terms(body: Owned, model: type[Terms]) -> Terms:
    """A movement without its owner: the same one, by whatever way it comes, has the same hash."""
    return model.model_validate(body.model_dump(by_alias=True, exclude_unset=True, exclude={"owner"}))


def fingerprint(ask: MovementRequest) -> str:
    """What is stored under a movement's key, so that a repeat with another body is told from the same again."""
    return f"{ask.fingerprint_kind}:{body_hash(ask)}"
