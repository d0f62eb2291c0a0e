"""An attempt written on its job before any provider is called, with what it may cost set aside.

Rule 3 of the protocol (ARCHITECTURE.md): one worker alone can win that write.
"""

import uuid
from dataclasses import dataclass

from easel.aws.dynamodb import ConditionFailed, Database, Write
from easel.clock import SECOND, day_of
from easel.execution.dispatch import Sent
from easel.execution.time_limits import lease_until
from easel.jobs.attempts import Attempt
from easel.jobs.model import Job, Status
from easel.jobs.store import Store, VersionConflict
from easel.limits.budget import Budget
from easel.limits.budget_shards import Reservation
from easel.policy import Clocks
from easel.providers.protocol import Outcome


@dataclass(frozen=True)
class WriteAttempt:
    """Writes an attempt; a second paid one reserves its cost in the same transaction."""

    store: Store
    budget: Budget
    database: Database
    clocks: Clocks

    def __call__(self, job: Job, sent: Sent, *, crashes: int, worker: str, now: int) -> Job | None:
        """The job with the attempt as its last; None where the day's budget has no room for it.

        Raises VersionConflict where somebody else moved the job or the budget's shard.
        """
        begun = self._with_attempt(job, sent, crashes=crashes, worker=worker, now=now)
        worst = sent.ask.step.worst_micros_per_image * len(sent.ask.slots)
        lacking = job.cost_micros() + worst - job.reserved_micros
        if lacking <= 0:
            return self.store.save(job, begun)
        return self._reserve_and_write(job, begun, lacking, now=now)

    def _with_attempt(self, job: Job, sent: Sent, *, crashes: int, worker: str, now: int) -> Job:
        step, slots = sent.ask.step, sent.ask.slots
        skipped = tuple(
            Attempt(
                number=number,
                provider=passed.provider,
                model=passed.model,
                slots=slots,
                started_at=now,
                lease_until=now,
                turn=crashes,
                worker=worker,
                outcome=Outcome.SKIPPED,
                reason=bar.why,
                ended_at=now,
            )
            for number, (passed, bar) in enumerate(sent.skipped, start=len(job.attempts) + 1)
        )
        attempt = Attempt(
            number=len(job.attempts) + len(skipped) + 1,
            provider=step.provider,
            model=step.model,
            slots=slots,
            started_at=now,
            lease_until=lease_until(job, now, self.clocks),
            turn=crashes,
            worker=worker,
        )
        return job.to(
            Status.RUNNING,
            attempts=(*job.attempts, *skipped, attempt),
            booking=None,
            started_at=job.started_at or now,
            wake_by=attempt.lease_until + self.clocks.grace * SECOND,
        )

    def _reserve_and_write(self, job: Job, begun: Job, micros: int, *, now: int) -> Job | None:
        first = job.reservations[0]
        same = {"shard": first.shard, "pool": first.pool, "accounts": first.accounts}
        wanted = Reservation.model_validate({"day": day_of(now), "micros": micros, **same})
        extra = self.budget.with_room(wanted, now)
        if extra is None:
            return None
        begun = begun.model_copy(update={"reservations": (*job.reservations, extra)})
        writes: tuple[Write, ...] = (
            self.store.replace(job, begun),
            self.budget.reserve(extra),
            *self.budget.take_shares_anyway(extra, now),
        )
        try:
            heard = self.database.commit(writes, token=str(uuid.uuid4()), until=now + self.clocks.contention * SECOND)
        except ConditionFailed as failure:
            raise VersionConflict(job.id) from failure  # the row or the shard: either way, look again
        if not heard:
            raise VersionConflict(job.id)  # the row tells whether it was written
        return begun
