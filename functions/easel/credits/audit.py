"""Whether a ledger is as it was written: recompute each balance from its entries, name the first wrong row. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from easel.credits.model import GENESIS, Account, Balance, Entry

ACCOUNTS = get_args(Account)


@dataclass(frozen=True)
class Finding:
    """The first row that is not as it was written; `seq` 0 is the balance itself."""

    owner: str
    seq: int
    what: str


def verify(balance: Balance, entries: Iterable[Entry]) -> Finding | None:
    """Follow an owner's entries, oldest first, to its balance; None where every row is as it was written.

    An edited row breaks its own hash, a deleted, inserted or reordered one its neighbour's, a cut tail the head that
    the balance holds.
    """
    seq, head, totals = 0, GENESIS, dict.fromkeys(ACCOUNTS, 0)
    for entry in entries:
        seq += 1
        if wrong := _wrong(entry, owner=balance.owner, seq=seq, head=head):
            return Finding(balance.owner, seq, wrong)
        head = entry.hash
        for account, move in entry.moves.items():
            totals[account] += move
    if (balance.seq, balance.head) != (seq, head):
        return Finding(balance.owner, seq + 1, f"the balance counts {balance.seq} entries, the last of them missing")
    return _balance_is_wrong(balance, totals)


def _wrong(entry: Entry, *, owner: str, seq: int, head: str) -> str | None:
    if entry.owner != owner:
        return f"belongs to {entry.owner}"
    if entry.seq != seq:
        return f"is numbered {entry.seq}"
    if entry.previous != head:
        return "does not follow the entry before it"
    if entry.digest() != entry.hash:
        return "was altered: its hash does not fit"
    if sum(entry.moves.values()) or not set(entry.moves) <= set(ACCOUNTS):
        return "does not sum to zero over the accounts"
    return None


def _balance_is_wrong(balance: Balance, totals: dict[str, int]) -> Finding | None:
    for account, total in totals.items():
        if getattr(balance, account) != total:
            what = f"says {getattr(balance, account)} {account}; its entries come to {total}"
            return Finding(balance.owner, 0, what)
    granted = sum(grant.amount for grant in balance.grants)
    if granted != balance.available:
        return Finding(balance.owner, 0, f"says {balance.available} available; its grants hold {granted}")
    return None
