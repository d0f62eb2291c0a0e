"""What an owner's credits are made of: grants, what a hold drew from them, the ledger's entries, the balance.

Every one of them is stored. Amounts are whole credits, times milliseconds since 1970 UTC.
"""

import hashlib
import json
from typing import Literal

from easel.clock import Millis
from easel.records import Record

SCHEMA = 1
GENESIS = "0" * 64  # the hash before an owner's first entry
AMOUNT_MAX = 1_000_000_000

Account = Literal["available", "held", "charged", "granted", "expired", "adjusted"]
Kind = Literal["grant", "hold", "settle", "refund", "expire", "adjust"]
GrantKind = Literal["paid", "promotional"]


class Draw(Record):
    """Credits that a hold took from one grant, with all it takes to put them back there."""

    grant_id: str
    kind: str
    priority: int
    expires_at: Millis | None = None
    created_at: Millis
    amount: int


class Grant(Record):
    """Credits given at one time under one set of terms; `amount` is what is left of them."""

    id: str
    kind: GrantKind = "paid"
    priority: int = 100  # lower is spent sooner
    amount: int
    expires_at: Millis | None = None
    created_at: Millis

    def expired(self, now: Millis) -> bool:
        """Whether its credits are past their time."""
        return self.expires_at is not None and self.expires_at <= now


class Entry(Record):
    """One immutable line of an owner's ledger."""

    owner: str
    seq: int
    kind: Kind
    at: Millis
    moves: dict[str, int]
    job: str | None = None
    key: str | None = None
    by: str | None = None
    grants: tuple[Draw, ...] = ()
    previous: str
    hash: str = ""

    def digest(self) -> str:
        """SHA-256 over the entry's canonical JSON without its own hash."""
        body = self.model_dump(mode="json", exclude={"hash"})
        return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Balance(Record):
    """What an owner has, and the head of its ledger. The accounts sum to zero."""

    owner: str
    version: int = 0
    row_schema: int = SCHEMA
    seq: int = 0
    head: str = GENESIS
    available: int = 0
    held: int = 0
    charged: int = 0
    granted: int = 0
    expired: int = 0
    adjusted: int = 0
    in_flight: int = 0
    drawn: int = 0  # grants that open holds drew from: what goes back may need a place for each
    grants: tuple[Grant, ...] = ()
    given: dict[str, str] = {}  # recurring grants: name → the period given last
