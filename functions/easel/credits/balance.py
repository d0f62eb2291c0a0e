"""Credits: how a balance is granted, held, settled, refunded and corrected, as pure functions from one to the next.

Credits come in grants and are spent in the order that `spending` says. A hold remembers full descriptors of what it
drew, so what is given back returns to its grant even when that was emptied. Every movement is an immutable entry whose
moves sum to zero over the accounts. Amounts are whole credits.

A balance is one row, and a row has an end: what comes in by hand is refused where GRANTS_MAX grants of different terms
are left or may come back from open holds. What was held always finds its place again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from easel.clock import Millis
from easel.credits import spending
from easel.credits.model import Balance, Draw, Grant
from easel.credits.movement import Movement, Posting, chained, post, still
from easel.errors import InsufficientCredits, TooManyJobsInFlight, invalid
from easel.schemas import instant

GRANTS_MAX = 500  # of different terms: some 70 kB of the 400 that a row may have


@dataclass(frozen=True, kw_only=True)
class HoldTerms:
    """What a hold must keep to. `paid_only` leaves alone what was given away; `buy_url` goes into a refusal."""

    in_flight_max: int
    buy_url: str | None = None
    paid_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What a settled job was charged, from which draws, and how much of it was given back since."""

    job_id: str
    draws: tuple[Draw, ...]
    charged: int
    refunded: int

    @property
    def left(self) -> int:
        """How much can still be given back."""
        return self.charged - self.refunded


def swept(balance: Balance, now: Millis) -> Movement:
    """Move what has expired out of `available`, no entry where nothing has; many grants are merged."""
    gone = spending.merged(grant for grant in balance.grants if grant.expired(now))
    amount = sum(grant.amount for grant in gone)
    left = balance.model_copy(update={"grants": spending.merged(g for g in balance.grants if not g.expired(now))})
    if not amount:
        return Movement(before=balance, after=left, entries=())
    draws = tuple(spending.draw_of(grant, grant.amount) for grant in gone)
    moves = {"available": -amount, "expired": amount}
    return post(still(balance), left, Posting(kind="expire", at=now, moves=moves, grants=draws))


def grant(balance: Balance, gift: Grant, *, now: Millis, by: str, key: str | None = None) -> Movement:
    """Give credits: a grant of their own, or where there are many, part of one of equal terms.

    Raises InvalidRequest for terms that have expired already, and where GRANTS_MAX grants of other terms are left.
    """
    if gift.expires_at is not None and gift.expired(now):
        said = f"{instant(gift.expires_at)} has passed; name a later time, or none for credits that never expire"
        raise invalid("expiresAt", said)
    base = swept(balance, now)
    given = _give(base, gift, now=now, by=by, key=key)
    _must_have_room(base, given, "expiresAt", "give these the kind, priority and expiry of credits that are there")
    return given


def _give(base: Movement, gift: Grant, *, now: Millis, by: str, key: str | None) -> Movement:
    richer = base.after.model_copy(update={"grants": spending.merged((*base.after.grants, gift))})
    moves, given = {"granted": -gift.amount, "available": gift.amount}, (spending.draw_of(gift, gift.amount),)
    return post(base, richer, Posting(kind="grant", at=now, moves=moves, grants=given, key=key, by=by))


def was_given(balance: Balance, name: str, period: str) -> bool:
    """Whether a recurring grant of this period, or of a later one, was given; they sort as text, whatever the clock."""
    return balance.given.get(name, "") >= period


def give_once(base: Movement, name: str, period: str, gift: Grant, *, now: Millis) -> Movement:
    """Give a recurring or welcome grant unless this period's, or a later one's, was given; the balance remembers."""
    balance = base.after
    if was_given(balance, name, period) or not gift.amount:
        return base
    base = chained(base, swept(balance, now))
    movement = _give(base, gift, now=now, by=f"easel:{name}", key=f"{name}:{period}")
    remembered = movement.after.model_copy(update={"given": {**balance.given, name: period}})
    return replace(movement, after=remembered)


def hold(base: Movement, amount: int, terms: HoldTerms, *, job_id: str, now: Millis) -> Movement:
    """Set `amount` credits aside for a job, on top of a movement already planned.

    Raises InsufficientCredits and TooManyJobsInFlight, in this order.
    """
    base = chained(base, swept(base.after, now))
    balance = base.after
    kept = tuple(grant for grant in balance.grants if terms.paid_only and grant.kind != "paid")
    available = balance.available - sum(grant.amount for grant in kept)
    if available < amount:
        raise InsufficientCredits(
            f"This costs up to {amount} credits and {available} are available; add credits and try again.",
            required=amount,
            available=available,
            buyUrl=terms.buy_url,
        )
    most = terms.in_flight_max
    if balance.in_flight >= most:
        raise TooManyJobsInFlight(
            f"{balance.in_flight} jobs are unfinished, and {most} are allowed at once; wait for one to end.",
            retry_after_seconds=10,
        )
    left, draws = spending.take([grant for grant in balance.grants if grant not in kept], amount)
    poorer = balance.model_copy(
        update={
            "grants": spending.merged((*left, *kept)),
            "in_flight": balance.in_flight + 1,
            "drawn": balance.drawn + len(draws),
        }
    )
    moves = {"available": -amount, "held": amount}
    held = post(base, poorer, Posting(kind="hold", at=now, moves=moves, grants=draws, job=job_id))
    return replace(held, draws=draws)


def settle(balance: Balance, draws: Sequence[Draw], charged: int, *, job_id: str, now: Millis) -> Movement:
    """End a hold: `charged` credits are spent, in the order they were drawn, and the rest goes back to its grants.

    Raises ValueError for a charge that is negative or above the hold: a bug, never a decision.
    """
    held = sum(draw.amount for draw in draws)
    if not 0 <= charged <= held:
        raise ValueError(f"job {job_id}: cannot charge {charged} of a hold of {held}")
    base = swept(balance, now)
    back = spending.unspent(draws, charged)
    returned = held - charged
    ended = base.after.model_copy(
        update={
            "grants": spending.put_back(base.after.grants, back, now),
            "in_flight": base.after.in_flight - 1,
            "drawn": max(0, base.after.drawn - len(draws)),  # an earlier release's hold was not counted
        }
    )
    moves = {"held": -held, "charged": charged, "available": returned}
    return post(base, ended, Posting(kind="settle", at=now, moves=moves, grants=back, job=job_id))


def refund(balance: Balance, charge: Charge, amount: int, *, now: Millis, by: str, key: str) -> Movement:
    """Give back `amount` of what a settled job was charged, to the grants it came from, the one spent last first.

    Raises ValueError for more than was charged and not yet refunded: callers decide that before. Raises InvalidRequest
    where GRANTS_MAX grants of other terms are left.
    """
    if not 0 < amount <= charge.left:
        raise ValueError(f"job {charge.job_id}: cannot refund {amount} where {charge.left} are left of the charge")
    last_first = tuple(reversed(spending.spent(charge.draws, charge.charged)))
    back = spending.spent(spending.unspent(last_first, charge.refunded), amount)
    base = swept(balance, now)
    richer = base.after.model_copy(update={"grants": spending.put_back(base.after.grants, back, now)})
    moves = {"charged": -amount, "available": amount}
    posting = Posting(kind="refund", at=now, moves=moves, grants=back, job=charge.job_id, by=by, key=key)
    refunded = post(base, richer, posting)
    _must_have_room(base, refunded, "jobId", "refund it once some of these are spent or have expired")
    return refunded


def adjust(balance: Balance, amount: int, *, grant_id: str, now: Millis, by: str, key: str) -> Movement:
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
        grants, draws = spending.take(base.after.grants, -amount)
    else:
        gift = Grant(id=grant_id, amount=amount, created_at=now)
        grants, draws = spending.merged((*base.after.grants, gift)), (spending.draw_of(gift, amount),)
    changed = base.after.model_copy(update={"grants": grants})
    moves = {"adjusted": -amount, "available": amount}
    return post(base, changed, Posting(kind="adjust", at=now, moves=moves, grants=draws, by=by, key=key))


def _must_have_room(base: Movement, planned: Movement, field: str, remedy: str) -> None:
    before, after = len(base.after.grants), len(planned.after.grants)
    if after > before and after + planned.after.drawn > GRANTS_MAX:
        unspent = f"this owner has {before} unspent grants of different terms, and open jobs drew from"
        raise invalid(field, f"{unspent} {planned.after.drawn}; {GRANTS_MAX} together are the most: {remedy}")
