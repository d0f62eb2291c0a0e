"""How often a caller may start and upload, and how many bytes of references it may store: a counter a window each.

Nobody's address is stored: counters are named by its keyed hash. Refusals say when to come back, and whom to ask.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from easel.aws.dynamodb import ConditionFailed, Contended, Database
from easel.clock import HOUR, MINUTE, SECOND, Clock, seconds_up
from easel.errors import Busy, RateLimited
from easel.identity import client_network
from easel.identity.callers import ANONYMOUS, Caller
from easel.limits import refusals
from easel.limits.allowance import count_within
from easel.limits.kill_switch import KillSwitch
from easel.policy import Policy

ADDRESS, OWNER, UPLOAD, REFERENCES = "address", "owner", "upload", "references"
REFUSALS = {
    ADDRESS: "{most} requests from this address are allowed a minute. Nothing was held; wait, then try again.",
    OWNER: "{most} requests of this account are allowed a minute. Nothing was held; wait, then try again.",
    UPLOAD: "{most} forms for uploads are given to this account an hour. Use those it has, or wait, then try again.",
    REFERENCES: "{most} bytes of references are stored an hour for this account or address, and this request would pass"
    " that. Nothing was held; send smaller pictures, or wait, then try again.",
}


@dataclass(frozen=True)
class RateLimits:
    """One stage's limits on how often a caller may ask, behind the kill switch."""

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
                raise refusals.spending_paused(self.policy)
            for name, who, most in self._of_starts(caller):
                self._count(name, who, most, length=MINUTE)
        except Contended as error:
            raise Busy("The limits could not be read just now. Nothing was held; try again.") from error

    def admit_upload(self, caller: Caller) -> None:
        """Count a form for an upload, used or not. Raises RateLimited and Busy."""
        policy = self.policy
        most = policy.service_uploads_per_hour if caller.service else policy.owner_uploads_per_hour
        try:
            self._count(UPLOAD, caller.owner, most, length=HOUR)
        except Contended as error:
            raise Busy("The limits could not be read just now; try again.") from error

    def admit_references(self, caller: Caller, size: int) -> None:
        """Count so many bytes of references before they are stored. Raises RateLimited and Busy."""
        policy = self.policy
        if caller.anonymous:
            who, most = ANONYMOUS, policy.address_reference_bytes_per_hour
            who = client_network.address_hash(caller.address, self.secret()) if caller.address else who
        else:
            who = caller.owner
            most = policy.service_reference_bytes_per_hour if caller.service else policy.owner_reference_bytes_per_hour
        try:
            self._count(REFERENCES, who, most, length=HOUR, by=size)
        except Contended as error:
            raise Busy("The limits could not be read just now. Nothing was held; try again.") from error

    def _of_starts(self, caller: Caller) -> Iterator[tuple[str, str, int]]:
        if caller.address and not caller.account:  # a service's own address says nothing of whom it acts for
            yield ADDRESS, client_network.address_hash(caller.address, self.secret()), self.policy.address_per_minute
        if not caller.anonymous:
            most = self.policy.service_per_minute if caller.service else self.policy.owner_per_minute
            yield OWNER, caller.owner, most

    def _count(self, name: str, who: str, most: int, *, length: int, by: int = 1) -> None:
        now = self.clock.now()
        window = now // length
        key, expires_at = (f"rate#{name}#{who}", f"{window}"), (window + 2) * length // SECOND
        try:
            self.database.update(
                count_within(name, self.table, key, "requests", by=by, most=most, expires_at=expires_at)
            )
        except ConditionFailed as refused:
            raise RateLimited(
                refusals.with_contact(self.policy, REFUSALS[name].format(most=f"{most:,}")),
                retry_after_seconds=seconds_up((window + 1) * length - now),
            ) from refused
