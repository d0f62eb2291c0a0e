"""One planned change of a balance, and the chain that its entries make: each carries the hash of the one before."""

from dataclasses import dataclass

from easel.clock import Millis
from easel.credits.model import Balance, Draw, Entry, Kind


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


@dataclass(frozen=True, kw_only=True)
class Posting:
    """What an entry will say before it has its place in the chain; `moves` sums to zero over the accounts."""

    kind: Kind
    at: Millis
    moves: dict[str, int]
    grants: tuple[Draw, ...] = ()
    job: str | None = None
    key: str | None = None
    by: str | None = None


def post(base: Movement, changed: Balance, posting: Posting) -> Movement:
    """The movement with one more entry, which leads to `changed` with its accounts moved.

    Raises ValueError where the moves do not sum to zero or would take an account below it: a bug, never a decision.
    """
    if sum(posting.moves.values()):
        raise ValueError(f"a {posting.kind} entry of {changed.owner} does not sum to zero: {posting.moves}")
    entry = Entry(owner=changed.owner, seq=changed.seq + 1, previous=changed.head, **vars(posting))
    entry = entry.model_copy(update={"hash": entry.digest()})
    accounts = {account: getattr(changed, account) + move for account, move in posting.moves.items()}
    after = changed.model_copy(
        update={**accounts, "seq": entry.seq, "head": entry.hash, "version": base.before.version + 1}
    )
    if after.available < 0 or after.held < 0 or after.in_flight < 0:
        raise ValueError(f"a {posting.kind} entry would take {changed.owner} below zero")
    return Movement(before=base.before, after=after, entries=(*base.entries, entry))


def chained(first: Movement, second: Movement) -> Movement:
    """Both movements as one; the second was planned from where the first leads."""
    return Movement(before=first.before, after=second.after, entries=(*first.entries, *second.entries))
