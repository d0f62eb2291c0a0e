"""What the schedule does, and the requests that it carries out."""

import logging

from easel.maintenance.erase_job import Erase
from easel.maintenance.erase_owner import CarryOutErasures
from easel.maintenance.erasure_store import ErasureStore
from easel.maintenance.reconcile import Reconcile
from easel.settlement.settle import Settle
from easel.wiring import announcing
from easel.wiring.parts import Parts


def erase(parts: Parts, settle: Settle) -> Erase:
    """Marks a job as erased, and deletes what is left of it."""
    return Erase(
        store=parts.store, assets=parts.assets, settle=settle, webhooks=announcing.store(parts), clock=parts.clock
    )


def carry_out_erasures(parts: Parts, erase: Erase) -> CarryOutErasures:
    """Carries such requests out, page by page."""
    erasures = ErasureStore(parts.database, parts.jobs_table)
    return CarryOutErasures(
        erasures=erasures,
        store=parts.store,
        assets=parts.assets,
        erase=erase,
        webhooks=announcing.store(parts),
        clock=parts.clock,
    )


def reconcile(parts: Parts, settle: Settle, erase: Erase, log: logging.Logger) -> Reconcile:
    """Finishes jobs that stopped moving."""
    return Reconcile(
        store=parts.store,
        workflow=parts.workflow,
        settle=settle,
        erase=erase,
        clock=parts.clock,
        clocks=parts.clocks,
        meter=parts.meter,
        log=log,
    )
