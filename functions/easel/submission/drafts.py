"""A job as it is before it is held: its id, its plan, what it would take from which limits, and its clocks."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from easel.clock import SECOND, Clock, day_of
from easel.identity.callers import Caller
from easel.jobs import ids
from easel.jobs.model import Job
from easel.limits.budget import Budget
from easel.limits.budget_shards import Reservation
from easel.limits.daily import DailyLimits
from easel.limits.shares import accounts_of
from easel.policy import Clocks
from easel.schemas import body_hash
from easel.submission.admission import Admitted


@dataclass(frozen=True)
class Drafts:
    """Writes nothing: a draft becomes a job when it is held."""

    limits: DailyLimits
    budget: Budget
    clock: Clock
    clocks: Clocks
    secret: Callable[[], bytes]

    def job_id(self, caller: Caller, key: str | None, *, now: int) -> str:
        """The id of the job that this owner's key leads to; without a key a new one."""
        return ids.keyed(self.secret(), caller.owner, key) if key else ids.fresh(now)

    def job(self, job_id: str, admitted: Admitted, *, keyed: bool, job_token: str | None) -> Job:
        """The job; `job_token` is what an anonymous viewer will show."""
        ask, caller, plan, now = admitted.ask, admitted.caller, admitted.plan, admitted.now
        day = day_of(now)
        return Job(
            **{**plan.facts(), "warnings": (*admitted.warnings, *plan.warnings)},
            id=job_id,
            owner=caller.owner,
            payer=caller.owner,
            started_by=caller.name,
            viewer_hash=ids.token_hash(job_token) if job_token else None,
            start_token=str(uuid.uuid4()),
            keyed=keyed,
            body_hash=body_hash(ask),
            references=len(ask.references) + int(ask.mask is not None) + int(ask.markup is not None),
            checks=admitted.checks,
            webhook_url=ask.webhook_url,
            safety_identifier=self._safety_identifier(ask.safety_identifier, caller.owner),
            held=plan.quote,
            allowances=self.limits.allowances(caller, plan.quote, day),
            reservations=(self._reservation(caller, plan.route[0].worst_micros_per_image * plan.n, day),),
            created_at=now,
            deadline_at=now + self.clocks.deadline * SECOND,
            wake_by=now + self.clocks.queued * SECOND,
        )

    def _safety_identifier(self, end_user: str | None, owner: str) -> str | None:
        return ids.safety_identifier(self.secret(), owner, end_user) if end_user else None

    def _reservation(self, caller: Caller, micros: int, day: str) -> Reservation:
        shard = self.budget.pick(self.clock.jitter())
        accounts = accounts_of(caller, self.secret(), day)
        return Reservation(day=day, shard=shard, micros=micros, accounts=accounts, jobs=1)
