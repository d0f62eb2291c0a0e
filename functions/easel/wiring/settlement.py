"""How jobs end."""

from easel.settlement.settle import Settle
from easel.webhooks.announce import Announce
from easel.wiring.parts import Parts


def settle(parts: Parts) -> Settle:
    """The one use case that ends jobs."""
    return Settle(
        store=parts.store,
        ledger=parts.ledger,
        budget=parts.budget,
        assets=parts.assets,
        database=parts.database,
        clock=parts.clock,
        clocks=parts.clocks,
        announce=Announce(parts.webhooks, parts.deliver_at_once),
        meter=parts.meter,
    )
