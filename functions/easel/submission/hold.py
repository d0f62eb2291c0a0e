"""Hold a job's credits: one transaction that puts the job, moves its credits and takes from every limit it meets.

Whatever stood in the way is read and planned again; refusals are decided in this order: the job exists, the balance
moved (plan again), credits, jobs in flight, the day's budget.
"""

import uuid
from dataclasses import dataclass

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Write
from easel.clock import Clock
from easel.credits import balance as credits_balance
from easel.credits import recurring
from easel.credits.balance import HoldTerms
from easel.credits.ledger import Ledger, balance_of
from easel.credits.model import Balance
from easel.credits.movement import Movement
from easel.errors import Busy, InsufficientCredits, TooManyJobsInFlight
from easel.identity.callers import Caller
from easel.jobs.model import Job
from easel.jobs.request import Request
from easel.jobs.store import JobWithRequest, Store
from easel.limits.budget import Budget
from easel.limits.budget_shards import Pool, Reservation
from easel.limits.rates import Limits
from easel.policy import Policy


@dataclass(frozen=True)
class Hold:
    """The one way credits are set aside, and the job with them."""

    store: Store
    ledger: Ledger
    limits: Limits
    budget: Budget
    database: Database
    clock: Clock
    policy: Policy

    def __call__(self, job: Job, request: Request, caller: Caller, *, until: int) -> Job | JobWithRequest:
        """Commit the job with its hold, trying until `until` (ms); a JobWithRequest is the job that was there before.

        Raises CallerError for what the balance or a limit refuses, and Busy where the row does not show who won.
        """
        balance, placed, paid_only = self.ledger.balance(job.payer), job.reservations[0], False
        while True:
            movement = self._plan(job, balance, paid_only=paid_only)
            placed = placed.model_copy(update={"pool": _pool(caller, movement)})
            facts = {"draws": movement.draws, "held_available": movement.after.available, "reservations": (placed,)}
            planned = job.model_copy(update=facts)
            writes: tuple[Write, ...] = (
                *self.store.create(planned, request),
                *self.ledger.writes(movement),
                *self.limits.take(caller, job.allowances, job.created_at),
                self.budget.reserve(placed),
            )
            try:
                heard = self.database.commit(writes, token=str(uuid.uuid4()), until=until)
            except ConditionFailed as failure:
                if "job" in failure.found or self.clock.now() >= until:
                    return self._proved(planned)
                moved = self._newer(failure, job, balance)
                if moved is balance:  # no other reason than the limits'
                    used_up, placed = self._past_limits(failure, caller, placed, until=until)
                    paid_only = paid_only or used_up
                balance = moved
            except Contended:
                return self._proved(planned)
            else:
                if heard:
                    return planned
                if self.store.find(job.id) or self.clock.now() >= until:
                    return self._proved(planned)
                balance = self.ledger.balance(job.payer)

    def _plan(self, job: Job, balance: Balance, *, paid_only: bool) -> Movement:
        now = self.clock.now()
        base = recurring.grant_what_is_due(balance, self.policy, now=now)
        anonymous = job.payer == recurring.ANONYMOUS
        terms = HoldTerms(
            in_flight_max=self.policy.anonymous_in_flight if anonymous else self.policy.jobs_in_flight,
            buy_url=self.policy.buy_url,
            paid_only=paid_only,
        )
        try:
            return credits_balance.hold(base, job.held, terms, job_id=job.id, now=now)
        except InsufficientCredits as lacking:
            if paid_only:
                raise self.limits.cap_reached(now, of="credits that were given away") from lacking
            if anonymous:
                raise self.limits.ration_used_up(now) from lacking
            raise
        except TooManyJobsInFlight as crowded:
            if anonymous:
                raise self.limits.anonymous_crowd() from crowded
            raise

    def _newer(self, failure: ConditionFailed, job: Job, balance: Balance) -> Balance:
        if "balance" in failure.found:
            return balance_of(job.payer, failure.found["balance"])
        if any(name.startswith("entry") for name in failure.found):
            return self.ledger.balance(job.payer)
        return balance

    def _past_limits(
        self, failure: ConditionFailed, caller: Caller, refused: Reservation, *, until: int
    ) -> tuple[bool, Reservation]:
        """Whether the free pool is used up, so that paid credits alone can be spent, and where to try again.

        Raises DailyLimitReached, SpendingPaused, and Busy when time is up.
        """
        now = self.clock.now()
        if refusal := self.limits.daily_refusal(failure.found, caller, now):
            raise refusal
        busy = Busy("The day's budget is being asked for by many at once. Nothing was held; try again.")
        if now > until:
            raise busy
        try:
            placed = self.budget.with_room(refused, now)
        except Contended as contended:
            raise busy from contended
        if placed is None and (refused.pool == "main" or caller.anonymous):
            raise self.limits.cap_reached(now)
        return placed is None, placed or refused

    def _proved(self, planned: Job) -> Job | JobWithRequest:
        """What a read shows: our own job (only the reply was lost), another's, or nothing, and only then Busy."""
        found = self.store.find(planned.id)
        if not found:
            raise Busy("Too many requests of this account at once. Nothing was held; try again.", retry_after_seconds=2)
        return found.job if found.job.start_token == planned.start_token else found


def _pool(caller: Caller, movement: Movement) -> Pool:
    """Whether a hold brings the operator money, or spends what was given away: the latter has a cap of its own."""
    given = caller.anonymous or any(draw.kind != "paid" for draw in movement.draws)
    return "free" if given else "main"
