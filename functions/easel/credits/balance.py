"""Credits: grants, holds and the ledger's entries, as pure functions from one balance to the next.

Credits come in grants and are spent in the order priority, earliest expiry, promotional before paid, oldest. A hold
remembers full descriptors of what it drew, so what is given back returns to its grant even when that was emptied.
Every movement is an immutable entry whose moves sum to zero over the accounts and which carries the hash of the
entry before it; the balance holds the head. Amounts are whole credits.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from easel.clock import DAY
from easel.errors import InsufficientCredits, TooManyJobsInFlight
from easel.records import Record


class Draw(Record):
    """Credits that a hold took from one grant, with all it takes to put them back there."""

    grant_id: str
    kind: str
    priority: int
    expires_at: int | None = None
    created_at: int
    amount: int


SCHEMA = 1
GENESIS = "0" * 64  # the hash before an owner's first entry
EXPIRY_GRACE = DAY  # a grant that expired during a hold stays spendable this long after credits return to it
AMOUNT_MAX = 1_000_000_000

Account = Literal["available", "held", "charged", "granted", "expired", "adjusted"]
Kind = Literal["grant", "hold", "settle", "refund", "expire", "adjust"]
GrantKind = Literal["paid", "promotional"]


class Grant(Record):
    """Credits given at one time under one set of terms; `amount` is what is left of them."""

    id: str
    kind: GrantKind = "paid"
    priority: int = 100  # lower is spent sooner
    amount: int
    expires_at: int | None = None
    created_at: int

    def expired(self, now: int) -> bool:
        """Whether its credits are past their time."""
        return self.expires_at is not None and self.expires_at <= now


class Entry(Record):
    """One immutable line of an owner's ledger."""

    owner: str
    seq: int
    kind: Kind
    at: int
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
    grants: tuple[Grant, ...] = ()
    given: dict[str, str] = {}  # recurring grants: name → the period given last


@dataclass(frozen=True)
class Movement:
    """A planned change: the balance it was planned from, the one it leads to, and the entries between."""

    before: Balance
    after: Balance
    entries: tuple[Entry, ...]
    draws: tuple[Draw, ...] = ()


def still(balance: Balance) -> Movement:
    """No movement at all: what plans begin with."""
    return Movement(before=balance, after=balance, entries=())


def spending_order(grant: Grant) -> tuple[int, float, int, int, str]:
    """Sort key: priority, earliest expiry, promotional before paid, oldest; the id settles ties."""
    expiry = float("inf") if grant.expires_at is None else grant.expires_at
    return grant.priority, expiry, int(grant.kind == "paid"), grant.created_at, grant.id


def swept(balance: Balance, now: int) -> Movement:
    """Move what has expired out of `available`; no entry where nothing has."""
    gone = [grant for grant in balance.grants if grant.expired(now)]
    amount = sum(grant.amount for grant in gone)
    if not amount:
        return still(balance)
    left = balance.model_copy(update={"grants": tuple(g for g in balance.grants if not g.expired(now))})
    draws = tuple(_draw(grant, grant.amount) for grant in gone)
    return _append(still(balance), left, "expire", now, {"available": -amount, "expired": amount}, grants=draws)


def available(balance: Balance, now: int) -> int:
    """What could be spent at this time, expired grants left out."""
    return swept(balance, now).after.available


def grant(balance: Balance, gift: Grant, *, now: int, by: str, key: str | None = None) -> Movement:
    """Give credits."""
    base = swept(balance, now)
    richer = base.after.model_copy(update={"grants": _sorted((*base.after.grants, gift))})
    moves = {"granted": -gift.amount, "available": gift.amount}
    return _append(base, richer, "grant", now, moves, key=key, by=by, grants=(_draw(gift, gift.amount),))


def give_once(base: Movement, name: str, period: str, gift: Grant, *, now: int) -> Movement:
    """Give a recurring or welcome grant unless this period's, or a later one's, was given; the balance remembers."""
    balance = base.after
    if balance.given.get(name, "") >= period or not gift.amount:  # periods sort as text: a late clock repeats nothing
        return base
    movement = _after(base, grant(balance, gift, now=now, by=f"easel:{name}", key=f"{name}:{period}"))
    remembered = movement.after.model_copy(update={"given": {**balance.given, name: period}})
    return replace(movement, after=remembered)


def hold(
    base: Movement,
    amount: int,
    *,
    job_id: str,
    now: int,
    in_flight_max: int,
    buy_url: str | None,
    paid_only: bool = False,
) -> Movement:
    """Set `amount` credits aside for a job, on top of a movement already planned.

    `paid_only` leaves alone what was given away. Raises InsufficientCredits and TooManyJobsInFlight, in this order.
    """
    base = _after(base, swept(base.after, now))
    balance = base.after
    kept = tuple(grant for grant in balance.grants if paid_only and grant.kind != "paid")
    available = balance.available - sum(grant.amount for grant in kept)
    if available < amount:
        raise InsufficientCredits(
            f"This costs up to {amount} credits and {available} are available; add credits and try again.",
            required=amount,
            available=available,
            buyUrl=buy_url,
        )
    if balance.in_flight >= in_flight_max:
        raise TooManyJobsInFlight(
            f"{balance.in_flight} jobs are unfinished, and {in_flight_max} are allowed at once; wait for one to end.",
            retry_after_seconds=10,
        )
    left, draws = _take([grant for grant in balance.grants if grant not in kept], amount)
    poorer = balance.model_copy(update={"grants": _sorted((*left, *kept)), "in_flight": balance.in_flight + 1})
    moves = {"available": -amount, "held": amount}
    return _append(base, poorer, "hold", now, moves, job=job_id, grants=draws, draws=draws)


def settle(balance: Balance, draws: Sequence[Draw], charged: int, *, job_id: str, now: int) -> Movement:
    """End a hold: `charged` credits are spent, in the order they were drawn, and the rest goes back to its grants.

    Raises ValueError for a charge that is negative or above the hold: a bug, never a decision.
    """
    held = sum(draw.amount for draw in draws)
    if not 0 <= charged <= held:
        raise ValueError(f"job {job_id}: cannot charge {charged} of a hold of {held}")
    base = swept(balance, now)
    back = _unspent(draws, charged)
    returned = held - charged
    ended = base.after.model_copy(
        update={"grants": _returned(base.after.grants, back, now), "in_flight": base.after.in_flight - 1}
    )
    moves = {"held": -held, "charged": charged, "available": returned}
    return _append(base, ended, "settle", now, moves, job=job_id, grants=back)


def refund(
    balance: Balance,
    draws: Sequence[Draw],
    *,
    charged: int,
    refunded: int,
    amount: int,
    job_id: str,
    now: int,
    by: str,
    key: str,
) -> Movement:
    """Give back `amount` of what a settled job was charged, to the grants it came from, the one spent last first.

    Raises ValueError for more than was charged and not yet refunded: callers decide that before.
    """
    if not 0 < amount <= charged - refunded:
        raise ValueError(f"job {job_id}: cannot refund {amount} of {charged} with {refunded} refunded")
    spent = _unspent(tuple(reversed(_spent(draws, charged))), refunded)
    back = _spent(spent, amount)
    base = swept(balance, now)
    richer = base.after.model_copy(update={"grants": _returned(base.after.grants, back, now)})
    moves = {"charged": -amount, "available": amount}
    return _append(base, richer, "refund", now, moves, job=job_id, by=by, key=key, grants=back)


def adjust(balance: Balance, amount: int, *, grant_id: str, now: int, by: str, key: str) -> Movement:
    """Correct a balance by hand: up as a paid grant of its own, down from the grants in spending order.

    Raises InsufficientCredits for more than is available: held credits are never taken.
    """
    base = swept(balance, now)
    if amount < 0 and base.after.available < -amount:
        raise InsufficientCredits(
            f"{base.after.available} credits are available; no more can be taken.",
            required=-amount,
            available=base.after.available,
        )
    if amount < 0:
        grants, draws = _take(base.after.grants, -amount)
    else:
        gift = Grant(id=grant_id, amount=amount, created_at=now)
        grants, draws = _sorted((*base.after.grants, gift)), (_draw(gift, amount),)
    changed = base.after.model_copy(update={"grants": grants})
    moves = {"adjusted": -amount, "available": amount}
    return _append(base, changed, "adjust", now, moves, by=by, key=key, grants=draws)


def _append(
    base: Movement,
    changed: Balance,
    kind: Kind,
    now: int,
    moves: dict[str, int],
    *,
    draws: tuple[Draw, ...] = (),
    job: str | None = None,
    key: str | None = None,
    by: str | None = None,
    grants: tuple[Draw, ...] = (),
) -> Movement:
    if sum(moves.values()):
        raise ValueError(f"a {kind} entry of {changed.owner} does not sum to zero: {moves}")
    entry = Entry(
        owner=changed.owner,
        seq=changed.seq + 1,
        kind=kind,
        at=now,
        moves=moves,
        job=job,
        key=key,
        by=by,
        grants=grants,
        previous=changed.head,
    )
    entry = entry.model_copy(update={"hash": entry.digest()})
    accounts = {account: getattr(changed, account) + move for account, move in moves.items()}
    after = changed.model_copy(
        update={**accounts, "seq": entry.seq, "head": entry.hash, "version": base.before.version + 1}
    )
    if after.available < 0 or after.held < 0 or after.in_flight < 0:
        raise ValueError(f"a {kind} entry would take {changed.owner} below zero")
    return Movement(before=base.before, after=after, entries=(*base.entries, entry), draws=draws)


def _after(first: Movement, second: Movement) -> Movement:
    return Movement(before=first.before, after=second.after, entries=(*first.entries, *second.entries))


def _take(grants: Sequence[Grant], amount: int) -> tuple[tuple[Grant, ...], tuple[Draw, ...]]:
    left: list[Grant] = []
    draws: list[Draw] = []
    for source in sorted(grants, key=spending_order):
        taken = min(source.amount, amount)
        amount -= taken
        if taken:
            draws.append(_draw(source, taken))
        if source.amount > taken:
            left.append(source.model_copy(update={"amount": source.amount - taken}))
    return _sorted(left), tuple(draws)


def _unspent(draws: Sequence[Draw], charged: int) -> tuple[Draw, ...]:
    back: list[Draw] = []
    for draw in draws:
        spent = min(draw.amount, charged)
        charged -= spent
        if draw.amount > spent:
            back.append(draw.model_copy(update={"amount": draw.amount - spent}))
    return tuple(back)


def _spent(draws: Sequence[Draw], amount: int) -> tuple[Draw, ...]:
    """The part of the draws that the first `amount` credits make up."""
    taken: list[Draw] = []
    for draw in draws:
        part = min(draw.amount, amount)
        amount -= part
        if part:
            taken.append(draw.model_copy(update={"amount": part}))
    return tuple(taken)


def _returned(grants: Sequence[Grant], back: Sequence[Draw], now: int) -> tuple[Grant, ...]:
    by_id = {grant.id: grant for grant in grants}
    for draw in back:
        late = draw.expires_at is not None and draw.expires_at <= now
        source = by_id.get(draw.grant_id) or Grant(
            id=draw.grant_id,
            kind="paid" if draw.kind == "paid" else "promotional",
            priority=draw.priority,
            amount=0,
            expires_at=now + EXPIRY_GRACE if late else draw.expires_at,
            created_at=draw.created_at,
        )
        by_id[draw.grant_id] = source.model_copy(update={"amount": source.amount + draw.amount})
    return _sorted(by_id.values())


def _sorted(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    return tuple(sorted(grants, key=spending_order))


def _draw(source: Grant, amount: int) -> Draw:
    return Draw(
        grant_id=source.id,
        kind=source.kind,
        priority=source.priority,
        expires_at=source.expires_at,
        created_at=source.created_at,
        amount=amount,
    )
