"""What callers are told when a limit is in the way: when to come back, and whom to ask for more."""

from easel.clock import seconds_until_midnight
from easel.errors import DailyLimitReached, InvalidRequest, SpendingPaused, TooManyJobsInFlight
from easel.identity.callers import ANONYMOUS
from easel.limits.shares import ADDRESS
from easel.policy import Policy

PAUSE_SECONDS = 600
BUSY_SECONDS = 60


def with_contact(policy: Policy, said: str) -> str:
    """A sentence, and whom to ask where the operator says so."""
    return f"{said} For more, ask {policy.contact}." if policy.contact else said


def spending_paused(policy: Policy) -> SpendingPaused:
    """The error while the kill switch is on."""
    said = "The operator has paused spending. Nothing was held; running jobs finish."
    return SpendingPaused(with_contact(policy, said), retry_after_seconds=PAUSE_SECONDS)


def daily_limit(policy: Policy, said: str, now: int) -> DailyLimitReached:
    """The error for a day's credits that are used up, after a sentence that says whose."""
    said = f"{said} Nothing was held; the day ends at midnight UTC."
    return DailyLimitReached(with_contact(policy, said), retry_after_seconds=seconds_until_midnight(now))


def ration_used_up(policy: Policy, now: int) -> DailyLimitReached:
    """The error for anonymous callers who share a day's ration, and have used it."""
    said = "What may be made without signing in is used up for today. Nothing was held; sign in."
    return DailyLimitReached(with_contact(policy, said), retry_after_seconds=seconds_until_midnight(now))


def anonymous_crowd(policy: Policy) -> TooManyJobsInFlight:
    """The error for anonymous callers who come while as many of their jobs run as may at once."""
    said = "As much as may be made at once without signing in is being made. Nothing was held; sign in."
    return TooManyJobsInFlight(with_contact(policy, said), retry_after_seconds=10)


def cap_reserved(policy: Policy, of: str = "today") -> SpendingPaused:
    """The error while the rest of a day's cap is reserved, and not spent: what jobs do not spend is free again."""
    said = f"The rest of the operator's cap for {of} is reserved by jobs that are being made. Nothing was held;"
    return SpendingPaused(with_contact(policy, f"{said} try again in a minute."), retry_after_seconds=BUSY_SECONDS)


def share_taken(policy: Policy, account: str) -> TooManyJobsInFlight:
    """The error for an account whose unfinished jobs have reserved their share of the operator's cap."""
    if account == ANONYMOUS:
        return anonymous_crowd(policy)
    whose = "from this address without signing in" if account.startswith(f"{ADDRESS}#") else "of this account"
    said = f"The unfinished jobs {whose} have reserved their share of the operator's cap. Nothing was held;"
    said = f"{said} wait for one to end, or try again in a minute."
    return TooManyJobsInFlight(with_contact(policy, said), retry_after_seconds=BUSY_SECONDS)


def above_share(policy: Policy, micros: int, share: int) -> InvalidRequest:
    """The error for one job that may cost more than an account may have reserved at all."""
    said = f"This may cost the operator up to ${micros / 1e6:.2f}, and ${share / 1e6:.2f} is the most at once. Nothing"
    said = f"{said} was held; ask for fewer images, a lower quality or fewer references."
    return InvalidRequest(with_contact(policy, said), errors=[("n", "ask for fewer images, or cheaper ones")])


def cap_reached(policy: Policy, now: int, of: str = "today") -> SpendingPaused:
    """The error for a day of whose cap nothing is left."""
    said = f"The operator's cap for {of} is reached. Nothing was held; the day ends at midnight UTC."
    return SpendingPaused(with_contact(policy, said), retry_after_seconds=min(3600, seconds_until_midnight(now)))
