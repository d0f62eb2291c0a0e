"""Ways to alter one row of a ledger; whoever audits must name a row that is wrong."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from easel.credits import audit
from easel.credits.model import Balance, Entry

Ledger = tuple[Balance, tuple[Entry, ...]]


def edited(ledger: Ledger, lot: random.Random) -> Ledger:
    """One field of one entry is another."""
    balance, entries = ledger
    at = lot.randrange(len(entries))
    entry = entries[at]
    name = lot.choice(sorted(Entry.model_fields))
    changed = entry.model_copy(update={name: _other(name, getattr(entry, name), lot)})
    if lot.random() < 0.5 and name != "hash":  # by somebody who knows how hashes are made
        changed = changed.model_copy(update={"hash": changed.digest()})
    return balance, (*entries[:at], changed, *entries[at + 1 :])


def deleted(ledger: Ledger, lot: random.Random) -> Ledger:
    """One entry is gone."""
    balance, entries = ledger
    at = lot.randrange(len(entries))
    return balance, (*entries[:at], *entries[at + 1 :])


def reordered(ledger: Ledger, lot: random.Random) -> Ledger:
    """Two entries have changed places, and perhaps their numbers."""
    balance, entries = ledger
    one, two = sorted(lot.sample(range(len(entries)), 2))
    swapped = list(entries)
    swapped[one], swapped[two] = swapped[two], swapped[one]
    if lot.random() < 0.5:
        swapped[one] = swapped[one].model_copy(update={"seq": one + 1})
        swapped[two] = swapped[two].model_copy(update={"seq": two + 1})
    return balance, tuple(swapped)


def inserted(ledger: Ledger, lot: random.Random) -> Ledger:
    """One entry more, copied or forged so that it follows the one before it."""
    balance, entries = ledger
    at = lot.randrange(len(entries) + 1)
    forged = lot.choice(entries)
    if at:
        forged = forged.model_copy(update={"seq": at + 1, "previous": entries[at - 1].hash})
        forged = forged.model_copy(update={"hash": forged.digest()})
    return balance, (*entries[:at], forged, *entries[at:])


def rebalanced(ledger: Ledger, lot: random.Random) -> Ledger:
    """The balance says something else."""
    balance, entries = ledger
    name = lot.choice(("seq", "head", *audit.ACCOUNTS))
    return balance.model_copy(update={name: _other(name, getattr(balance, name), lot)}), entries


def moved_between(ledger: Ledger, lot: random.Random) -> Ledger:
    """The balance says that credits are of other accounts; its sum still is zero."""
    balance, entries = ledger
    one, two = lot.sample(audit.ACCOUNTS, 2)
    amount = lot.choice((-7, -1, 1, 100))
    changes = {one: getattr(balance, one) + amount, two: getattr(balance, two) - amount}
    return balance.model_copy(update=changes), entries


WAYS: tuple[Callable[[Ledger, random.Random], Ledger], ...] = (
    edited,
    deleted,
    reordered,
    inserted,
    rebalanced,
    moved_between,
)


def _other(name: str, value: Any, lot: random.Random) -> Any:
    match value:
        case bool() | None:
            return "x"
        case int():
            return value + lot.choice((-1, 1, 1000))
        case dict():
            account = lot.choice(sorted(value) or ["held"])
            return {**value, account: value.get(account, 0) + lot.choice((-1, 1, 50))}
        case str():
            other = {"kind": "grant" if value != "grant" else "hold"}
            return other.get(name, f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}")
        case _:
            return _other_draws(value, lot)


def _other_draws(draws: Sequence[Any], lot: random.Random) -> tuple[Any, ...]:
    if not draws:
        return ("x",)
    at = lot.randrange(len(draws))
    changed = draws[at].model_copy(update={"amount": draws[at].amount + 1})
    return (*draws[:at], changed, *draws[at + 1 :])
