"""How many credits an owner, an API key or an anonymous address may hold and spend in a UTC day.

A row each, counted in the transaction of the hold itself.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from easel.aws.dynamodb import Database, Update
from easel.clock import DAY, SECOND
from easel.errors import CallerError
from easel.identity.callers import Caller
from easel.limits import refusals
from easel.limits.allowance import Allowance, count_within
from easel.limits.shares import ADDRESS, address_account
from easel.policy import Policy

KEPT_DAYS = 3
OWNER, KEY = "owner", "key"


@dataclass(frozen=True)
class DailyLimits:
    """One stage's limits on credits a day. What a job was not charged is given back when it ends."""

    database: Database
    table: str
    policy: Policy
    secret: Callable[[], bytes]

    def allowances(self, caller: Caller, credits: int, day: str) -> tuple[Allowance, ...]:
        """What a hold of so many credits counts against on a UTC day, where the day is limited."""
        accounts = [f"{OWNER}#{caller.owner}"] if self.policy.owner_daily_credits is not None else []
        accounts += [f"{KEY}#{caller.key_id}"] if caller.daily_credits is not None else []
        accounts += [address_account(caller, self.secret(), day)] if caller.anonymous and caller.address else []
        return tuple(Allowance(account=account, day=day, credits=credits) for account in accounts)

    def take(self, caller: Caller, allowances: Iterable[Allowance], now: int) -> tuple[Update, ...]:
        """The writes that count a hold, named by whose limit refuses it."""
        return tuple(
            self._counted(_kind(allowance), allowance, self._most(caller, allowance), now) for allowance in allowances
        )

    def used_up(self, caller: Caller, allowances: Iterable[Allowance]) -> tuple[str, ...]:
        """The names of the writes of `take` that would be refused as things stand."""
        return tuple(
            _kind(allowance)
            for allowance in allowances
            for row in [self.database.get(self.table, f"daily#{allowance.account}", allowance.day) or {}]
            if int(row.get("credits", 0)) + allowance.credits > self._most(caller, allowance)
        )

    def refusal(self, failed: Collection[str], caller: Caller, now: int) -> CallerError | None:
        """The error for writes of `take` that were refused, by name; None where there were none."""
        if KEY in failed:
            said = f"This API key may spend {caller.daily_credits} credits a day, and this request would pass that."
        elif OWNER in failed:
            said = f"{self.policy.owner_daily_credits} credits a day may be spent, and this request would pass that."
        elif ADDRESS in failed:
            said = "What one address may make in a day without signing in is used up, or this would pass it; sign in."
        else:
            return None
        return refusals.daily_limit(self.policy, said, now)

    def _most(self, caller: Caller, allowance: Allowance) -> int:
        if _kind(allowance) == ADDRESS:
            return self.policy.anonymous_daily_credits * self.policy.anonymous_address_percent // 100
        most = self.policy.owner_daily_credits if _kind(allowance) == OWNER else caller.daily_credits
        return most or 0

    def _counted(self, name: str, allowance: Allowance, most: int, now: int) -> Update:
        key = f"daily#{allowance.account}", allowance.day
        expires_at = (now + KEPT_DAYS * DAY) // SECOND
        return count_within(name, self.table, key, "credits", by=allowance.credits, most=most, expires_at=expires_at)


def _kind(allowance: Allowance) -> str:
    return allowance.account.partition("#")[0]


def returned(table: str, allowances: Iterable[Allowance], credits: int) -> tuple[Update, ...]:
    """The writes that give back to the days' limits what a job was not charged."""
    return tuple(
        Update(
            name=f"daily{index}",
            table=table,
            pk=f"daily#{allowance.account}",
            sk=allowance.day,
            expression="ADD credits :less",
            values={"less": -credits},
        )
        for index, allowance in enumerate(allowances)
        if credits
    )
