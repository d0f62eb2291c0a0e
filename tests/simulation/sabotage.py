"""Known bugs that SABOTAGE=1 seeds: with them, a proof must fail."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from easel.aws.dynamodb import Put
from easel.credits.ledger import Ledger
from easel.credits.movement import Movement
from easel.identity.callers import Caller
from easel.maintenance.reconcile import Reconcile
from easel.submission.request import JobRequest
from easel.submission.start import Start, Started

ANYHOW = "attribute_exists(pk) OR attribute_not_exists(pk)"


class ForgetfulLedger(Ledger):
    """Checks, then acts: writes the balance it planned, whatever stands there by now."""

    def writes(self, movement: Movement) -> tuple[Put, ...]:
        return tuple(replace(write, condition=ANYHOW, values={}) for write in super().writes(movement))


class PerProcessKeys(Start):
    """Remembers keys in its own memory: another process starts the job again."""

    def __call__(self, ask: JobRequest, *, caller: Caller, key: str | None, warnings: Sequence[str] = ()) -> Started:
        own = f"{key} {uuid.uuid4()}" if key else None
        return super().__call__(ask, caller=caller, key=own, warnings=warnings)


class NobodyReconciles(Reconcile):
    """A schedule that was never deployed."""

    def __call__(self, *, until: int) -> int:
        return 0
