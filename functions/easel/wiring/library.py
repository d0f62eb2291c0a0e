"""What owners do with jobs that are made."""

from easel.library.share import OpenShare, SharedJobs
from easel.library.star import Star
from easel.wiring.parts import Parts


def star(parts: Parts) -> Star:
    """Stars jobs."""
    return Star(store=parts.store)


def shares(parts: Parts) -> SharedJobs:
    """Shares jobs, and takes shares back."""
    return SharedJobs(store=parts.store, clock=parts.clock)


def open_share(parts: Parts) -> OpenShare:
    """Finds what the token of a share opens."""
    return OpenShare(store=parts.store, clock=parts.clock)
