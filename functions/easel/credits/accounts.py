"""What an owner has, how it came and went, and changing it by hand: under a key, so that each happens once."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Write
from easel.clock import SECOND, Clock, Millis
from easel.credits import balance as credits_balance
from easel.credits import recurring
from easel.credits.ledger import Entries, Ledger
from easel.credits.model import Balance, Grant
from easel.credits.movement import Movement
from easel.credits.requests import AdjustRequest, GrantRequest, MovementRequest, fingerprint
from easel.errors import Busy, IdempotencyKeyReused
from easel.policy import Clocks, Policy

GUARD = "key#"


@dataclass(frozen=True)
class Granted:
    """A movement that was made, now or under the same key before; `available` is what its first answer said.

    `grant_id` names the grant it made, `job_id` the job it refunded; `amount` is negative where credits were taken.
    """

    owner: str
    amount: int
    available: int
    replayed: bool
    grant_id: str | None = None
    job_id: str | None = None


@dataclass(frozen=True)
class PlannedMovement:
    """A movement, the facts its key will remember, and what else is written with it."""

    movement: Movement
    facts: dict[str, str | int]
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True)
class Accounts:
    """Balances and their movements by hand; who may ask is the door's to say."""

    ledger: Ledger
    database: Database
    clock: Clock
    clocks: Clocks
    policy: Policy

    def balance(self, owner: str) -> Balance:
        """What the owner could spend now: what has expired left out, what is due by configuration counted in."""
        now = self.clock.now()
        given = recurring.grant_what_is_due(self.ledger.balance(owner), self.policy, now=now).after
        return credits_balance.swept(given, now).after

    def entries(self, owner: str, *, limit: int, before: int | None = None) -> Entries:
        """A page of the owner's ledger, newest first."""
        return self.ledger.entries(owner, limit=limit, before=before)

    def grant(self, ask: GrantRequest, *, owner: str, key: str, by: str) -> Granted:
        """Give credits, once per owner and key.

        Raises InvalidRequest for terms that have expired or that are one too many, IdempotencyKeyReused and Busy.
        """

        def plan(balance: Balance, now: Millis) -> PlannedMovement:
            gift = Grant(
                id=str(uuid.uuid4()),
                kind=ask.kind,
                priority=ask.priority,
                amount=ask.amount,
                expires_at=ask.expires_at_ms,
                created_at=now,
            )
            movement = credits_balance.grant(balance, gift, now=now, by=by, key=key)
            return PlannedMovement(movement, {"amount": gift.amount, "grant_id": gift.id})

        return self.move_once(ask, plan, owner=owner, key=key)

    def adjust(self, ask: AdjustRequest, *, owner: str, key: str, by: str) -> Granted:
        """Correct a balance up or down, never below what is held. Raises InsufficientCredits too."""

        def plan(balance: Balance, now: Millis) -> PlannedMovement:
            grant_id = str(uuid.uuid4())
            movement = credits_balance.adjust(balance, ask.amount, grant_id=grant_id, now=now, by=by, key=key)
            return PlannedMovement(movement, {"amount": ask.amount, "grant_id": grant_id})

        return self.move_once(ask, plan, owner=owner, key=key)

    def move_once(
        self, ask: MovementRequest, plan: Callable[[Balance, Millis], PlannedMovement], *, owner: str, key: str
    ) -> Granted:
        """Plan and commit until one plan holds; the guard under the key makes a second time an answer.

        Raises IdempotencyKeyReused, Busy, and whatever `plan` raises.
        """
        name = GUARD + hashlib.sha256(key.encode()).hexdigest()
        body = fingerprint(ask)
        until = self.clock.now() + self.clocks.contention * SECOND
        while True:
            if guarded := self.ledger.guarded(owner, name):
                if guarded["body"] != body:
                    raise IdempotencyKeyReused("This Idempotency-Key moved other credits before; use a new key.")
                return _granted(owner, guarded, replayed=True)
            now = self.clock.now()
            planned = plan(self.ledger.balance(owner), now)
            facts = {**planned.facts, "available": planned.movement.after.available}
            guard = self.ledger.guard(owner, name, body=body, at=now, **facts)
            writes: tuple[Write, ...] = (guard, *planned.writes, *self.ledger.writes(planned.movement))
            try:
                heard = self.database.commit(writes, token=str(uuid.uuid4()), until=until)
            except (ConditionFailed, Contended) as moved:
                if self.clock.now() >= until:
                    said = "This account is being moved by many at once. Repeat with the same key."
                    raise Busy(said, retry_after_seconds=2) from moved
                continue  # the balance or the job moved, or this key was used just now: look again
            if heard:
                return _granted(owner, facts, replayed=False)


def _granted(owner: str, facts: Mapping[str, Any], *, replayed: bool) -> Granted:
    return Granted(
        owner=owner,
        amount=int(facts["amount"]),
        available=int(facts["available"]),
        replayed=replayed,
        grant_id=facts.get("grant_id"),
        job_id=facts.get("job_id"),
    )
