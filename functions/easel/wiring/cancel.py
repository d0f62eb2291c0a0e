"""Ending a job at its owner's wish; apart from `settlement`, whose functions cancel nothing."""

from easel.settlement.cancel import Cancel
from easel.settlement.settle import Settle
from easel.wiring.parts import Parts


def cancel(parts: Parts, settle: Settle) -> Cancel:
    """An end at its owner's wish."""
    return Cancel(store=parts.store, settle=settle)
