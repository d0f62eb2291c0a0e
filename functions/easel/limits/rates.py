"""How often and for how much a caller may start jobs and upload: one counter a window in DynamoDB, one write a request.

Nobody's address is stored: counters are named by its keyed hash. Refusals say when to come back, and whom to ask.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Update
from easel.clock import DAY, HOUR, MINUTE, SECOND, Clock, day_of
from easel.errors import Busy, CallerError, DailyLimitReached, RateLimited, SpendingPaused, TooManyJobsInFlight
from easel.identity import client_network
from easel.identity.callers import Caller
from easel.limits.allowance import Allowance
from easel.limits.kill_switch import KillSwitch
from easel.policy import Policy

KEPT_DAYS = 3
PAUSE_SECONDS = 600
ADDRESS, OWNER, KEY, UPLOAD = "address", "owner", "key", "upload"
REFUSALS = {
    ADDRESS: "{most} requests from this address are allowed a minute. Nothing was held; wait, then try again.",
    OWNER: "{most} requests of this account are allowed a minute. Nothing was held; wait, then try again.",
    UPLOAD: "{most} forms for uploads are given to this account an hour. Use those it has, or wait, then try again.",
}


@dataclass(frozen=True)
class Limits:
    """One stage's limits on who may start how much."""

    database: Database
    table: str
    policy: Policy
    switch: KillSwitch
    clock: Clock
    secret: Callable[[], bytes]

    def admit(self, caller: Caller) -> None:
        """Count a request that would start a job. Raises SpendingPaused, RateLimited and Busy; nothing is held."""
        try:
            if self.switch.paused():
                raise SpendingPaused(
                    self._asking("The operator has paused spending. Nothing was held; running jobs finish."),
                    retry_after_seconds=PAUSE_SECONDS,
                )
            for name, who, most in self._rates(caller):
                self._count(name, who, most)
        except Contended as error:
            raise Busy("The limits could not be read just now. Nothing was held; try again.") from error

    def admit_upload(self, caller: Caller) -> None:
        """Count a form for an upload, used or not. Raises RateLimited and Busy."""
        policy = self.policy
        most = policy.service_uploads_per_hour if caller.service else policy.owner_uploads_per_hour
        try:
            self._count(UPLOAD, caller.owner, most, HOUR)
        except Contended as error:
            raise Busy("The limits could not be read just now; try again.") from error

    def allowances(self, caller: Caller, credits: int, now: int) -> tuple[Allowance, ...]:
        """What a hold of so many credits counts against, where the day is limited."""
        accounts = [f"{OWNER}#{caller.owner}"] if self.policy.owner_daily_credits is not None else []
        accounts += [f"{KEY}#{caller.key_id}"] if caller.daily_credits is not None else []
        return tuple(Allowance(account=account, day=day_of(now), credits=credits) for account in accounts)

    def take(self, caller: Caller, allowances: Iterable[Allowance], now: int) -> tuple[Update, ...]:
        """The writes that count a hold, named by whose limit refuses it."""
        most = {OWNER: self.policy.owner_daily_credits, KEY: caller.daily_credits}
        return tuple(
            self._taken(name, allowance, most[name] or 0, now)
            for allowance in allowances
            for name in [allowance.account.partition("#")[0]]
        )

    def daily_refusal(self, failed: Iterable[str], caller: Caller, now: int) -> CallerError | None:
        """The error for writes of `take` that were refused, None where there were none."""
        if KEY in (names := set(failed)):
            said = f"This API key may spend {caller.daily_credits} credits a day, and this request would pass that."
        elif OWNER in names:
            said = f"{self.policy.owner_daily_credits} credits a day may be spent, and this request would pass that."
        else:
            return None
        left = DAY - now % DAY
        return DailyLimitReached(
            self._asking(f"{said} Nothing was held; the day ends at midnight UTC."),
            retry_after_seconds=-(-left // SECOND),
        )

    def ration_used_up(self, now: int) -> DailyLimitReached:
        """The error for anonymous callers who share a day's ration, and have used it."""
        left = DAY - now % DAY
        return DailyLimitReached(
            self._asking("What may be made without signing in is used up for today. Nothing was held; sign in."),
            retry_after_seconds=-(-left // SECOND),
        )

    def anonymous_crowd(self) -> TooManyJobsInFlight:
        """The error for anonymous callers who come while as many of their jobs run as may at once."""
        return TooManyJobsInFlight(
            self._asking("As much as may be made at once without signing in is being made. Nothing was held; sign in."),
            retry_after_seconds=10,
        )

    def cap_reached(self, now: int, of: str = "today") -> SpendingPaused:
        """The error for a day that has no room left."""
        left = DAY - now % DAY
        return SpendingPaused(
            self._asking(f"The operator's cap for {of} is reached. Nothing was held; the day ends at midnight UTC."),
            retry_after_seconds=min(3600, -(-left // SECOND)),
        )

    def _rates(self, caller: Caller) -> Iterator[tuple[str, str, int]]:
        if caller.address and not caller.account:  # a service's own address says nothing of whom it acts for
            yield ADDRESS, client_network.address_hash(caller.address, self.secret()), self.policy.address_per_minute
        if not caller.anonymous:
            most = self.policy.service_per_minute if caller.service else self.policy.owner_per_minute
            yield OWNER, caller.owner, most

    def _count(self, name: str, who: str, most: int, length: int = MINUTE) -> None:
        now = self.clock.now()
        window = now // length
        try:
            self.database.update(
                Update(
                    name=name,
                    table=self.table,
                    pk=f"rate#{name}#{who}",
                    sk=f"{window}",
                    expression="SET expiresAt = :expires ADD requests :one",
                    condition="attribute_not_exists(requests) OR requests < :most",
                    values={"expires": (window + 2) * length // SECOND, "one": 1, "most": most},
                )
            )
        except ConditionFailed as refused:
            raise RateLimited(
                self._asking(REFUSALS[name].format(most=f"{most:,}")),
                retry_after_seconds=-(-((window + 1) * length - now) // SECOND),
            ) from refused

    def _taken(self, name: str, allowance: Allowance, most: int, now: int) -> Update:
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

    def _asking(self, said: str) -> str:
        return f"{said} For more, ask {self.policy.contact}." if self.policy.contact else said


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
