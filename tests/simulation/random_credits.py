"""One owner's credits under random operations on the pure rules, beside three integers that cannot be wrong."""

import json
import random
from dataclasses import dataclass, field

from easel.clock import DAY
from easel.credits import audit
from easel.credits import balance as credits_balance
from easel.credits.balance import Charge, HoldTerms
from easel.credits.model import Balance, Draw, Entry, Grant
from easel.credits.movement import Movement, still
from easel.credits.spending import spending_order
from easel.errors import InsufficientCredits, InvalidRequest, TooManyJobsInFlight
from tests.support.fakes import NOON

HOUR = DAY // 24
BALANCE_BYTES_MAX = 100_000  # of the 400 KB that a row may have


@dataclass
class Settled:
    """A job that was charged, and what of it was refunded."""

    draws: tuple[Draw, ...]
    charged: int
    refunded: int = 0


@dataclass
class Purse:
    """A balance, what is held of it, and what it should come to."""

    lot: random.Random
    owner: str
    shop: bool = False  # an account to which purchase after purchase is granted, each with an expiry of its own
    balance: Balance = field(init=False)
    now: int = NOON
    open: dict[str, tuple[Draw, ...]] = field(default_factory=dict)
    settled: dict[str, Settled] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)
    given: int = 0
    charged: int = 0
    count: int = 0

    def __post_init__(self) -> None:
        self.balance = Balance(owner=self.owner)

    def step(self) -> None:
        """One random operation, and a look at what it did."""
        self.count += 1
        self.now += self.lot.choice((0, 0, 1, HOUR, 3 * HOUR))
        operation = self.lot.choices(
            (self._grant, self._hold, self._settle, self._refund, self._adjust, self._give_once),
            (30, 2, 2, 1, 1, 1) if self.shop else (2, 6, 6, 1, 1, 1),
        )[0]
        movement = operation()
        if movement is not None and movement.entries:
            self._look(movement)
            self.balance = movement.after
            self.entries += movement.entries

    def _name(self) -> str:
        return f"{self.owner}-{self.count}"

    def _grant(self) -> Movement | None:
        expires = self.lot.choice((None, self.now + self.lot.randint(1, 5 * DAY)))
        amount = self.lot.randint(1, 50)
        if self.shop:
            expires, amount = self.now + self.lot.randint(1, self.lot.choice((400, 4_000)) * DAY), 1
        gift = Grant(
            id=self._name(),
            kind=self.lot.choice(("paid", "promotional")),
            priority=self.lot.choice((1, 100)),
            amount=amount,
            expires_at=expires,
            created_at=self.now,
        )
        try:
            movement = credits_balance.grant(self.balance, gift, now=self.now, by="proof", key=self._name())
        except InvalidRequest:
            self._meet("a_grant_too_many")
            return None
        self._meet("merged", len(movement.after.grants) <= len(self.balance.grants))
        self.given += amount
        return movement

    def _give_once(self) -> Movement:
        period = str(self.now // DAY)
        gift = Grant(id=f"daily:{period}", amount=3, expires_at=self.now + DAY, created_at=self.now)
        movement = credits_balance.give_once(still(self.balance), "daily", period, gift, now=self.now)
        self.given += 3 if movement.entries else 0
        self._meet("given_once_refused" if not movement.entries else "given_once")
        return movement

    def _hold(self) -> Movement | None:
        amount = self.lot.randint(1, 5 if self.shop else 40)
        base = still(self.balance)
        try:
            movement = credits_balance.hold(base, amount, HoldTerms(in_flight_max=6), job_id=self._name(), now=self.now)
        except InsufficientCredits as refusal:
            self._meet("insufficient")
            if credits_balance.swept(self.balance, self.now).after.available >= amount:
                self.wrong.append(f"refused {amount} though {refusal.facts} were there")
            return None
        except TooManyJobsInFlight:
            self._meet("too_many_in_flight")
            return None
        if sum(draw.amount for draw in movement.draws) != amount:
            self.wrong.append(f"a hold of {amount} drew {movement.draws}")
        self._spent_in_order(movement)
        self.open[self._name()] = movement.draws
        return movement

    def _spent_in_order(self, movement: Movement) -> None:
        drawn = {draw.grant_id for draw in movement.draws}
        before = sorted((g for g in self.balance.grants if not g.expired(self.now)), key=spending_order)
        if [grant.id for grant in before[: len(drawn)]] != [draw.grant_id for draw in movement.draws]:
            self.wrong.append("credits were not spent in their order")

    def _settle(self) -> Movement | None:
        if not self.open:
            return None
        job = self.lot.choice(list(self.open))
        draws = self.open.pop(job)
        held = sum(draw.amount for draw in draws)
        charged = self.lot.choice((0, held, self.lot.randint(0, held)))
        known = {grant.id for grant in self.balance.grants}
        self._meet("returned_to_an_emptied_grant", any(d.grant_id not in known for d in draws) and charged < held)
        self._meet("expired_during_the_hold", any((d.expires_at or self.now + 1) <= self.now for d in draws))
        self.settled[job] = Settled(draws, charged)
        self.charged += charged
        return credits_balance.settle(self.balance, draws, charged, job_id=job, now=self.now)

    def _refund(self) -> Movement | None:
        left = [job for job, one in self.settled.items() if one.charged > one.refunded]
        if not left:
            return None
        job = self.lot.choice(left)
        one = self.settled[job]
        amount = self.lot.randint(1, one.charged - one.refunded)
        charge = Charge(job_id=job, draws=one.draws, charged=one.charged, refunded=one.refunded)
        try:
            movement = credits_balance.refund(self.balance, charge, amount, now=self.now, by="proof", key=self._name())
        except InvalidRequest:
            self._meet("a_grant_too_many")
            return None
        one.refunded += amount
        self.charged -= amount
        self._meet("refunded")
        return movement

    def _adjust(self) -> Movement | None:
        amount = self.lot.choice((-1, 1)) * self.lot.randint(1, 20)
        try:
            movement = credits_balance.adjust(
                self.balance, amount, grant_id=self._name(), now=self.now, by="proof", key=self._name()
            )
        except InsufficientCredits:
            return None
        self.given += amount
        return movement

    def _look(self, movement: Movement) -> None:
        """Every rule of the ledger, after one movement."""
        after = movement.after
        accounts = [getattr(after, name) for name in audit.ACCOUNTS]
        held = sum(draw.amount for draws in self.open.values() for draw in draws)
        if sum(accounts) != 0 or min(after.available, after.held, after.charged, after.in_flight) < 0:
            self.wrong.append(f"accounts {accounts}")
        if after.available != sum(grant.amount for grant in after.grants):
            self.wrong.append(f"{after.available} available in grants of {after.grants}")
        if any(grant.expired(self.now) or grant.amount <= 0 for grant in after.grants):
            self.wrong.append("a grant is expired or empty")
        if (after.held, after.charged, after.in_flight) != (held, self.charged, len(self.open)):
            self.wrong.append(f"{after.held} held, {after.charged} charged, not {held} and {self.charged}")
        if after.drawn != sum(map(len, self.open.values())):
            self.wrong.append(f"{after.drawn} draws are counted, not those of {self.open}")
        if len(after.grants) > 20 and _bytes(after) > BALANCE_BYTES_MAX:
            self.wrong.append(f"the balance's row has {_bytes(after)} bytes")
        if after.available + after.held + after.charged + after.expired != self.given:
            self.wrong.append(f"{self.given} were given, and do not come to {accounts}")
        self._follows(movement)

    def _follows(self, movement: Movement) -> None:
        head, seq = self.balance.head, self.balance.seq
        for entry in movement.entries:
            seq += 1
            total = sum(entry.moves.values())
            if (entry.previous, entry.seq, total) != (head, seq, 0):
                self.wrong.append(f"entry {entry.seq} does not follow")
            head = entry.hash
            self._meet(f"entry_{entry.kind}")
        if (movement.after.head, movement.after.seq, movement.after.version) != (head, seq, self.balance.version + 1):
            self.wrong.append("the balance does not hold its head")

    def _meet(self, what: str, happened: bool = True) -> None:
        self.met[what] = self.met.get(what, 0) + happened


def _bytes(balance: Balance) -> int:
    """About how large its row is; the double of DynamoDB measures exactly."""
    return len(json.dumps(balance.model_dump(mode="json", exclude_none=True)))
