"""How jobs end."""

from collections.abc import Callable

from easel.settlement.settle import Settle
from easel.wiring import announcing
from easel.wiring.parts import Parts


def settle(parts: Parts, *, deliver: Callable[[str], None] | None = None) -> Settle:
    """The one use case that ends jobs; `deliver` is asked for the event of one, else the function of that name."""
    return Settle(
        store=parts.store,
        ledger=parts.ledger,
        budget=parts.budget,
        assets=parts.assets,
        database=parts.database,
        clock=parts.clock,
        clocks=parts.clocks,
        announce=announcing.announce(parts, deliver),
        meter=parts.meter,
    )
