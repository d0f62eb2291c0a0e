"""Credits by configuration: a welcome, a monthly allowance, the daily ration of anonymous callers. Pure."""

from easel.clock import Millis, day_of, month_of, next_midnight, next_month
from easel.credits import balance as credits_balance
from easel.credits.model import Balance, Grant
from easel.credits.movement import Movement, still
from easel.policy import Policy

ANONYMOUS = "anonymous"


def grant_what_is_due(balance: Balance, policy: Policy, *, now: Millis) -> Movement:
    """Plan the grants that this owner is due now and was not given; with a hold, so nobody is given without asking."""
    base = still(balance)
    if balance.owner == ANONYMOUS:
        return credits_balance.give_once(base, "daily", day_of(now), _ration(policy, now), now=now)
    if not balance.owner.startswith("user:"):
        return base
    base = credits_balance.give_once(base, "welcome", "once", _welcome(policy, now), now=now)
    month = month_of(now)
    return credits_balance.give_once(base, "monthly", month, _allowance(policy, month, now), now=now)


def _ration(policy: Policy, now: Millis) -> Grant:
    amount, expires_at = policy.anonymous_daily_credits, next_midnight(now)
    return Grant(id=f"daily:{day_of(now)}", kind="promotional", amount=amount, expires_at=expires_at, created_at=now)


def _welcome(policy: Policy, now: Millis) -> Grant:
    return Grant(id="welcome", kind="promotional", amount=policy.welcome_credits, created_at=now)


def _allowance(policy: Policy, month: str, now: Millis) -> Grant:
    """A month's credits, gone when the month is."""
    amount, expires_at = policy.monthly_credits, next_month(now)
    return Grant(id=f"monthly:{month}", kind="promotional", amount=amount, expires_at=expires_at, created_at=now)
