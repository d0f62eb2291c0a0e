"""Giving back what a job was charged; apart from `credits`, since who looks at a balance refunds nothing."""

from easel.credits.accounts import Accounts
from easel.settlement.refund import Refund
from easel.wiring.parts import Parts


def refund(parts: Parts, accounts: Accounts) -> Refund:
    """Giving back what a job was charged."""
    return Refund(store=parts.store, accounts=accounts)
