"""How much of a day's cap one account may have reserved at once, so that nobody shuts the day for everybody.

Beside the budget's rows, a row an account, day and pool counts what its unfinished jobs reserve; it is written in the
very transactions that hold a job and that settle it. An account is an owner; whoever has not signed in counts towards
two: all such callers together, and the address, by a keyed hash that is another one each day.

A reservation made for a second attempt is counted too, and refused by no share: it is made for an accepted job whose
provider failed. What comes after it meets the count. An address has a share of the unfinished jobs as well.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from easel.aws.dynamodb import Update
from easel.clock import DAY, SECOND
from easel.identity import client_network
from easel.identity.callers import ANONYMOUS, Caller
from easel.limits.allowance import count_within
from easel.limits.budget_shards import Caps, Reservation
from easel.policy import Policy

KEPT_DAYS = 3
OWNER, ADDRESS = "owner", "address"
COUNT = "SET expiresAt = :expires ADD reserved :by"
SHARE = "share"  # what the names of these writes begin with


@dataclass(frozen=True)
class Shares:
    """The shares in percent of a pool's cap; an address has a part of what anonymous callers have together."""

    owner_percent: int = 100
    anonymous_percent: int = 100
    address_percent: int = 100
    address_jobs: int = 1_000  # how many jobs of one address may be unfinished

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """As the operator decided."""
        percent = policy.anonymous_address_percent
        jobs = max(1, policy.anonymous_in_flight * percent // 100)
        return cls(policy.owner_share_percent, policy.anonymous_share_percent, percent, jobs)

    def micros(self, account: str, reservation: Reservation, caps: Caps) -> int:
        """The most that an account may have reserved in the pool of a reservation, in micro-dollars."""
        cap = caps.of(reservation.pool)
        if account.startswith(f"{OWNER}#"):
            return cap * self.owner_percent // 100
        together = cap * self.anonymous_percent // 100
        return together if account == ANONYMOUS else together * self.address_percent // 100


def accounts_of(caller: Caller, secret: bytes, day: str) -> tuple[str, ...]:
    """The accounts that a caller's reservations of a day count towards."""
    if not caller.anonymous:
        return (f"{OWNER}#{caller.owner}",)
    if not caller.address:
        return (ANONYMOUS,)
    return ANONYMOUS, address_account(caller, secret, day)


def address_account(caller: Caller, secret: bytes, day: str) -> str:
    """The account of the address that a caller came from, on one day."""
    return f"{ADDRESS}#{client_network.address_hash_of_day(caller.address, secret, day)}"


def key_of(account: str, reservation: Reservation) -> tuple[str, str]:
    """Where an account's count is."""
    return f"open#{account}", f"{reservation.day}#{reservation.pool}"


def taken(table: str, shares: Shares, reservation: Reservation, caps: Caps, now: int) -> tuple[Update, ...]:
    """The writes that count a reservation, each refused where it would pass its account's share."""
    return tuple(
        _counted(f"{SHARE}{index}", table, shares, account, reservation, caps, now)
        for index, account in enumerate(reservation.accounts)
    )


def taken_anyway(table: str, reservation: Reservation, now: int) -> tuple[Update, ...]:
    """The writes that count a reservation whatever its accounts' shares are: of a job that was accepted before."""
    expires_at = (now + KEPT_DAYS * DAY) // SECOND
    values = {"by": reservation.micros, "expires": expires_at}
    return tuple(
        Update(f"{SHARE}{index}", table, *key_of(account, reservation), COUNT, values)
        for index, account in enumerate(reservation.accounts)
    )


def crowded(row: Mapping[str, Any], account: str, shares: Shares) -> bool:
    """Whether an account's row has as many unfinished jobs as it may have."""
    return account.startswith(f"{ADDRESS}#") and int(row.get("unfinished", 0)) >= shares.address_jobs


def given_back(table: str, reservations: Iterable[Reservation]) -> tuple[Update, ...]:
    """The writes that end reservations; those that were never counted have none."""
    micros: Counter[tuple[str, str]] = Counter()
    jobs: Counter[tuple[str, str]] = Counter()
    for reservation in reservations:
        for account in reservation.accounts:
            key = key_of(account, reservation)
            micros[key] += reservation.micros
            jobs[key] += reservation.jobs if account.startswith(f"{ADDRESS}#") else 0
    return tuple(
        Update(f"{SHARE}{index}", table, *key, *_less(micros[key], jobs[key])) for index, key in enumerate(micros)
    )


def _less(micros: int, jobs: int) -> tuple[str, dict[str, int]]:
    if not jobs:
        return "ADD reserved :less", {"less": -micros}
    return "ADD reserved :less, unfinished :fewer", {"less": -micros, "fewer": -jobs}


def _counted(
    name: str, table: str, shares: Shares, account: str, reservation: Reservation, caps: Caps, now: int
) -> Update:
    key, expires_at = key_of(account, reservation), (now + KEPT_DAYS * DAY) // SECOND
    most = shares.micros(account, reservation, caps)
    write = count_within(name, table, key, "reserved", by=reservation.micros, most=most, expires_at=expires_at)
    if not account.startswith(f"{ADDRESS}#"):
        return write
    return replace(
        write,
        expression=f"{write.expression}, unfinished :one",
        condition=f"({write.condition}) AND (attribute_not_exists(unfinished) OR unfinished < :jobs)",
        values={**write.values, "one": reservation.jobs, "jobs": shares.address_jobs},
    )
