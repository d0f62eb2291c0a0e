"""Credits by configuration: a welcome, a monthly allowance, the daily ration of anonymous callers. Pure."""

from collections.abc import Callable

from easel.clock import Millis, day_of, month_of, next_midnight, next_month
from easel.credits import balance as credits_balance
from easel.credits.model import Balance, Grant
from easel.credits.movement import Movement, still
from easel.policy import Policy

ANONYMOUS = "anonymous"


def grant_what_is_due(balance: Balance, policy: Policy, *, now: Millis) -> Movement:
    """Plan the grants that this owner is due now and was not given; with a hold, so nobody is given without asking.

    This is asked of every start: what is configured as nothing, or was given already, is not made.
    """
    base = still(balance)
    if balance.owner == ANONYMOUS and policy.anonymous_daily_credits:
        return _give_once(base, "daily", day_of(now), policy.anonymous_daily_credits, until=next_midnight, now=now)
    if balance.owner.startswith("user:") and policy.welcome_credits:
        base = _give_once(base, "welcome", "once", policy.welcome_credits, until=None, now=now)
    if balance.owner.startswith("user:") and policy.monthly_credits:
        base = _give_once(base, "monthly", month_of(now), policy.monthly_credits, until=next_month, now=now)
    return base


def _give_once(
    base: Movement, name: str, period: str, amount: int, *, until: Callable[[Millis], Millis] | None, now: Millis
) -> Movement:
    """The grant of a period, if it is still due; `until` says when it is gone."""
    if credits_balance.was_given(base.after, name, period):
        return base
    named, expires_at = (f"{name}:{period}", until(now)) if until else (name, None)
    gift = Grant(id=named, kind="promotional", amount=amount, expires_at=expires_at, created_at=now)
    return credits_balance.give_once(base, name, period, gift, now=now)
