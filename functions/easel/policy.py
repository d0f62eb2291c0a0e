"""What an operator decides: how long things may take, and how much may be done."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Clocks(BaseModel):
    """The protocol's clocks, in seconds (ARCHITECTURE.md, "The clocks"); tests shorten them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call_max: int = 330  # one provider call
    call_min: int = 30  # no call is begun with less than this left
    finish: int = 120  # kept free after a call: decode, store, evidence, settle
    lease: int = 430
    ticket: int = 420  # a queue's task is waited for this long, by however many workers; then the next provider's turn
    deadline: int = 900
    queued: int = 60  # the reconciler looks at a job queued this long
    recovery: int = 450  # a breaker stays open; longer than a call lasts, so that no second probe joins a slow one
    grace: int = 60  # the reconciler acts this long after a lease or deadline
    wait_max: int = 60  # the longest single Wait of the workflow
    wait_min: int = 2
    door: int = 24  # a waiting door answers by request time + this
    contention: int = 10  # how long a door fights for a contended balance
    crash: int = 10  # the workflow waits this long after an attempt that died
    slack: int = 10  # the attempt function ends this long before its lease, its task this long after


class Policy(BaseModel):
    """What the operator allows and gives, from the stage file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    anonymous: bool = False
    anonymous_daily_credits: int = 0
    welcome_credits: int = 0
    monthly_credits: int = 0
    jobs_in_flight: int = 8
    service_jobs_in_flight: int = 200  # of a service account: it starts lists, and no person waits for each
    anonymous_in_flight: int = 40  # of all anonymous callers together
    daily_cap_micros: int = 50_000_000
    free_cap_micros: int = 10_000_000  # of it, for anonymous callers and credits that were given away
    owner_share_percent: int = Field(default=25, ge=1, le=100)  # of a cap, the most one owner has reserved
    anonymous_share_percent: int = Field(default=50, ge=1, le=100)  # the same of all anonymous callers together
    anonymous_address_percent: int = Field(default=10, ge=1, le=100)  # of what those have, the most for one address
    address_per_minute: int = Field(default=60, ge=1)  # starts from one address (IPv6: one /64), services' keys apart
    owner_per_minute: int = Field(default=120, ge=1)
    service_per_minute: int = Field(default=1_200, ge=1)
    owner_uploads_per_hour: int = Field(default=100, ge=1)  # forms for uploads, used or not
    service_uploads_per_hour: int = Field(default=1_000, ge=1)
    owner_reference_bytes_per_hour: int = Field(default=2_500_000_000, ge=1)  # stored for an owner's starts
    service_reference_bytes_per_hour: int = Field(default=25_000_000_000, ge=1)
    address_reference_bytes_per_hour: int = Field(default=250_000_000, ge=1)  # for anonymous starts from one address
    owner_daily_credits: int | None = None  # the most an owner may hold and spend in a UTC day
    # Before an owner's data is erased it can be kept after all.
    erasure_grace_seconds: int = Field(default=259_200, ge=0, le=2_592_000)
    link_seconds: int = Field(default=300, ge=300, le=3_600)  # how long a link to an image is good at most
    contact: str | None = None  # who can be asked when a limit is in the way
    default_model: str = "gpt-image-2"
    default_provider: str | None = None
    credit_micros: int = 10_000  # what a credit stands for
    margin_percent: int = 0
    references_may_leave_first_provider: bool = False
    overflow_after_seconds: int = 20  # a longer wait for a provider's slot goes to the next provider instead
    buy_url: str | None = None
    announce_every_job: bool = False  # on the stage's event bus, also where no webhook of its owner wants it
    moderation: Literal["auto", "low"] = "auto"  # how strict a provider is that lets one choose
