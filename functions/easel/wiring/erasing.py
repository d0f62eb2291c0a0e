"""What an owner asks for who wants to be forgotten."""

from easel.maintenance.erasure_store import ErasureStore
from easel.maintenance.request_erasure import RequestErasure
from easel.wiring.parts import Parts


def request_erasure(parts: Parts) -> RequestErasure:
    """Writes down that an owner wants everything erased, or not after all."""
    erasures, seconds = ErasureStore(parts.database, parts.jobs_table), parts.policy.erasure_grace_seconds
    return RequestErasure(erasures=erasures, clock=parts.clock, secret=parts.secret, grace_seconds=seconds)
