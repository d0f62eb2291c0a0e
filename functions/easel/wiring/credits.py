"""Balances, and movements of credits by hand."""

from easel.credits.accounts import Accounts
from easel.wiring.parts import Parts


def accounts(parts: Parts) -> Accounts:
    """What an owner has, and giving or correcting it."""
    return Accounts(
        ledger=parts.ledger, database=parts.database, clock=parts.clock, clocks=parts.clocks, policy=parts.policy
    )
