"""Hold a job's credits: one transaction that puts the job, moves its credits and takes from every limit it meets.

Whatever stood in the way is read and planned again; refusals are decided in this order: the job exists, the balance
moved (plan again), credits, jobs in flight, the day's credits, the day's budget, the owner's share of it.
"""

import uuid
from dataclasses import dataclass, replace

from easel.aws.dynamodb import ConditionFailed, Contended, Database, Write
from easel.clock import Clock
from easel.credits import balance as credits_balance
from easel.credits import recurring
from easel.credits.balance import HoldTerms
from easel.credits.ledger import Ledger, balance_of
from easel.credits.model import Balance
from easel.credits.movement import Movement
from easel.errors import Busy, CallerError, InsufficientCredits, TooManyJobsInFlight
from easel.identity.callers import ANONYMOUS, Caller
from easel.jobs.model import Job
from easel.jobs.request import Request
from easel.jobs.store import JobWithRequest, Store
from easel.limits import refusals
from easel.limits.budget import Budget
from easel.limits.budget_shards import Pool, Reservation
from easel.limits.daily import DailyLimits
from easel.policy import Policy


@dataclass(frozen=True)
class Terms:
    """What one try goes by: the balance it plans from, where it reserves, and why the free pool is barred, if it is."""

    balance: Balance
    reservation: Reservation
    barred: CallerError | None = None


@dataclass(frozen=True)
class JobExists:
    """The job is there, or may be: a read shows whose it is."""


@dataclass(frozen=True)
class BalanceMoved:
    """Somebody else moved the balance; this is how it is now."""

    balance: Balance


@dataclass(frozen=True)
class DayUsedUp:
    """The day's credits of the owner or the key are used up, as this error says."""

    refusal: CallerError


@dataclass(frozen=True)
class ShardFull:
    """The shard has too little free, or was allocated under other caps; another may have enough."""


@dataclass(frozen=True)
class ShareTaken:
    """An account has reserved its share of the cap."""


Conflict = JobExists | BalanceMoved | DayUsedUp | ShardFull | ShareTaken


@dataclass(frozen=True)
class Hold:
    """The one way credits are set aside, and the job with them."""

    store: Store
    ledger: Ledger
    limits: DailyLimits
    budget: Budget
    database: Database
    clock: Clock
    policy: Policy

    def __call__(self, job: Job, request: Request, caller: Caller, *, until: int) -> Job | JobWithRequest:
        """Commit the job with its hold, trying until `until` (ms); a JobWithRequest is the job that was there before.

        Raises CallerError for what the balance or a limit refuses, and Busy where the row does not show who won.
        """
        terms = Terms(self.ledger.balance(job.payer), job.reservations[0])
        while True:
            planned, movement = self._planned(job, caller, terms)
            try:
                heard = self.database.commit(
                    self._writes(planned, request, caller, movement), token=str(uuid.uuid4()), until=until
                )
                conflict = None if heard else self._after_a_lost_reply(planned, until=until)
            except ConditionFailed as failure:
                conflict = self._conflict(failure, planned, caller, until=until)
            except Contended:
                conflict = JobExists()
            match conflict:
                case None:
                    return planned
                case JobExists():
                    return self._proved(planned)
                case BalanceMoved(balance):
                    terms = replace(terms, balance=balance)
                case DayUsedUp(refusal):
                    raise refusal
                case ShardFull():
                    terms = self._in_another_shard(planned.reservations[0], terms, caller, until=until)
                case ShareTaken():
                    terms = self._on_paid_credits(planned.reservations[0], terms, caller)

    def look(self, job: Job, caller: Caller) -> None:
        """Raise the CallerError that a hold would be refused with as things stand; nothing is written."""
        now = self.clock.now()
        terms = Terms(self.ledger.balance(job.payer), job.reservations[0])
        while True:
            planned, _ = self._planned(job, caller, terms)
            if refusal := self.limits.refusal(self.limits.used_up(caller, job.allowances), caller, now):
                raise refusal
            [wanted] = planned.reservations
            if not self.budget.day(wanted.day).fits(wanted.pool, wanted.micros, self.budget.caps):
                terms = _paid_only(terms, wanted, self._cap_refusal(wanted), caller)
            elif self.budget.above_share(wanted):
                terms = self._on_paid_credits(wanted, terms, caller)
            else:
                return

    def _planned(self, job: Job, caller: Caller, terms: Terms) -> tuple[Job, Movement]:
        """The job as it would be held. Raises CallerError for what the balance refuses."""
        movement = self._plan(job, terms.balance, barred=terms.barred)
        reservation = terms.reservation.model_copy(update={"pool": _pool(caller, movement)})
        facts = {"draws": movement.draws, "held_available": movement.after.available, "reservations": (reservation,)}
        return job.model_copy(update=facts), movement

    def _writes(self, planned: Job, request: Request, caller: Caller, movement: Movement) -> tuple[Write, ...]:
        return (
            *self.store.create(planned, request),
            *self.ledger.writes(movement),
            *self.limits.take(caller, planned.allowances, planned.created_at),
            self.budget.reserve(planned.reservations[0]),
            *self.budget.take_shares(planned.reservations[0], planned.created_at),
        )

    def _plan(self, job: Job, balance: Balance, *, barred: CallerError | None) -> Movement:
        now = self.clock.now()
        base = recurring.grant_what_is_due(balance, self.policy, now=now)
        anonymous = job.payer == recurring.ANONYMOUS
        terms = HoldTerms(
            in_flight_max=in_flight_max(self.policy, job.payer),
            buy_url=self.policy.buy_url,
            paid_only=barred is not None,
        )
        try:
            return credits_balance.hold(base, job.held, terms, job_id=job.id, now=now)
        except InsufficientCredits as lacking:
            if barred:
                raise barred from lacking
            if anonymous:
                raise refusals.ration_used_up(self.policy, now) from lacking
            raise
        except TooManyJobsInFlight as crowded:
            if anonymous:
                raise refusals.anonymous_crowd(self.policy) from crowded
            raise

    def _after_a_lost_reply(self, planned: Job, *, until: int) -> Conflict:
        if self.store.find(planned.id) or self.clock.now() >= until:
            return JobExists()
        return BalanceMoved(self.ledger.balance(planned.payer))

    def _conflict(self, failure: ConditionFailed, planned: Job, caller: Caller, *, until: int) -> Conflict:
        """What stood in the way, the first of it in the order of this module."""
        now = self.clock.now()
        if "job" in failure.found or now >= until:
            return JobExists()
        if "balance" in failure.found:
            return BalanceMoved(balance_of(planned.payer, failure.found["balance"]))
        if any(name.startswith("entry") for name in failure.found):
            return BalanceMoved(self.ledger.balance(planned.payer))
        if refusal := self.limits.refusal(failure.found, caller, now):
            return DayUsedUp(refusal)
        return ShardFull() if "budget" in failure.found else ShareTaken()

    def _in_another_shard(self, refused: Reservation, terms: Terms, caller: Caller, *, until: int) -> Terms:
        """The terms in a shard that has enough free, or on paid credits alone where the free pool has not.

        Raises SpendingPaused, and Busy when time is up.
        """
        now = self.clock.now()
        busy = Busy("The day's budget is being asked for by many at once. Nothing was held; try again.")
        if now > until:
            raise busy
        try:
            placed = self.budget.with_room(refused, now)
        except Contended as contended:
            raise busy from contended
        if placed:
            return replace(terms, reservation=placed)
        return _paid_only(terms, refused, self._cap_refusal(refused), caller)

    def _on_paid_credits(self, refused: Reservation, terms: Terms, caller: Caller) -> Terms:
        """The terms on paid credits alone, which have a share of their own.

        Raises TooManyJobsInFlight, and InvalidRequest for a job that alone is above the share.
        """
        account = self.budget.above_share(refused)
        if account is None:  # a job ended in between
            return terms
        share = self.budget.share_micros(account, refused)
        if refused.micros > share:
            return _paid_only(terms, refused, refusals.above_share(self.policy, refused.micros, share), caller)
        return _paid_only(terms, refused, refusals.share_taken(self.policy, account), caller)

    def _cap_refusal(self, refused: Reservation) -> CallerError:
        """What is said of a cap that leaves too little: until midnight where it is spent, a minute where reserved."""
        of = "credits that were given away" if refused.pool == "free" and ANONYMOUS not in refused.accounts else "today"
        if self.budget.day(refused.day).fits_once_all_ended(refused.pool, refused.micros, self.budget.caps):
            return refusals.cap_reserved(self.policy, of)
        return refusals.cap_reached(self.policy, self.clock.now(), of)

    def _proved(self, planned: Job) -> Job | JobWithRequest:
        """What a read shows: our own job (only the reply was lost), another's, or nothing, and only then Busy."""
        found = self.store.find(planned.id)
        if not found:
            raise Busy("Too many requests of this account at once. Nothing was held; try again.", retry_after_seconds=2)
        return found.job if found.job.start_token == planned.start_token else found


def in_flight_max(policy: Policy, payer: str) -> int:
    """How many unfinished jobs one who pays may have; all anonymous callers are one."""
    if payer == recurring.ANONYMOUS:
        return policy.anonymous_in_flight
    return policy.service_jobs_in_flight if payer.startswith("service:") else policy.jobs_in_flight


def _paid_only(terms: Terms, refused: Reservation, refusal: CallerError, caller: Caller) -> Terms:
    """The terms without the free pool, where it was the free pool that refused; else the refusal is raised."""
    if refused.pool == "main" or caller.anonymous:
        raise refusal
    return replace(terms, reservation=refused, barred=refusal)


def _pool(caller: Caller, movement: Movement) -> Pool:
    """Whether a hold brings the operator money, or spends what was given away: the latter has a cap of its own."""
    given = caller.anonymous or any(draw.kind != "paid" for draw in movement.draws)
    return "free" if given else "main"
