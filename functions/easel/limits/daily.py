"""How many credits an owner or an API key may hold and spend in a UTC day: a row each, counted with the hold itself."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from easel.aws.dynamodb import Update
from easel.clock import DAY, SECOND, day_of
from easel.errors import CallerError
from easel.identity.callers import Caller
from easel.limits import refusals
from easel.limits.allowance import Allowance
from easel.policy import Policy

KEPT_DAYS = 3
OWNER, KEY = "owner", "key"


@dataclass(frozen=True)
class DailyLimits:
    """One stage's limits on credits a day. What a job was not charged is given back when it ends."""

    table: str
    policy: Policy

    def allowances(self, caller: Caller, credits: int, now: int) -> tuple[Allowance, ...]:
        """What a hold of so many credits counts against, where the day is limited."""
        accounts = [f"{OWNER}#{caller.owner}"] if self.policy.owner_daily_credits is not None else []
        accounts += [f"{KEY}#{caller.key_id}"] if caller.daily_credits is not None else []
        return tuple(Allowance(account=account, day=day_of(now), credits=credits) for account in accounts)

    def take(self, caller: Caller, allowances: Iterable[Allowance], now: int) -> tuple[Update, ...]:
        """The writes that count a hold, named by whose limit refuses it."""
        most = {OWNER: self.policy.owner_daily_credits, KEY: caller.daily_credits}
        return tuple(
            self._counted(name, allowance, most[name] or 0, now)
            for allowance in allowances
            for name in [allowance.account.partition("#")[0]]
        )

    def refusal(self, failed: Collection[str], caller: Caller, now: int) -> CallerError | None:
        """The error for writes of `take` that were refused, by name; None where there were none."""
        if KEY in failed:
            said = f"This API key may spend {caller.daily_credits} credits a day, and this request would pass that."
        elif OWNER in failed:
            said = f"{self.policy.owner_daily_credits} credits a day may be spent, and this request would pass that."
        else:
            return None
        return refusals.daily_limit(self.policy, said, now)

    def _counted(self, name: str, allowance: Allowance, most: int, now: int) -> Update:
        room = most - allowance.credits
        fits = "credits <= :room"
        return Update(
            name=name,
            table=self.table,
            pk=f"daily#{allowance.account}",
            sk=allowance.day,
            expression="SET expiresAt = :expires ADD credits :credits",
            condition=f"attribute_not_exists(credits) OR {fits}" if room >= 0 else f"attribute_exists(pk) AND {fits}",
            values={"expires": (now + KEPT_DAYS * DAY) // SECOND, "credits": allowance.credits, "room": room},
        )


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
