"""What owners do with jobs that are made."""

from easel.library.star import Star
from easel.wiring.parts import Parts


def star(parts: Parts) -> Star:
    """Stars jobs."""
    return Star(store=parts.store)
