"""What is asked of a request before anything is stored or held: how often, what exactly, in time, whether at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from easel.catalog import planning
from easel.catalog.plan import Plan
from easel.clock import SECOND, seconds_up
from easel.errors import Busy, invalid
from easel.identity.callers import Caller
from easel.limits.rates import RateLimits
from easel.moderation.policy import Check
from easel.moderation.prompts import Moderate
from easel.policy import Clocks, Policy
from easel.providers.availability_store import Signals
from easel.settings import ProviderSettings
from easel.submission.request import JobRequest
from easel.webhooks.addresses import CheckAddress


@dataclass(frozen=True)
class Admitted:
    """Who asked for what and when (ms), the request made exact, and what moderation said of it."""

    ask: JobRequest
    caller: Caller
    now: int
    plan: Plan
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()  # of the door, beside the plan's


@dataclass(frozen=True)
class Admission:
    """Counts a request, plans it, and refuses what no provider takes in time or moderation forbids."""

    rates: RateLimits
    policy: Policy
    clocks: Clocks
    providers: Mapping[str, ProviderSettings]
    signals: Signals
    check_address: CheckAddress
    moderate: Moderate | None = None

    def __call__(self, ask: JobRequest, caller: Caller, *, now: int, warnings: Sequence[str] = ()) -> Admitted:
        """The plan of a request that may go on; `warnings` are a door's own. Raises CallerError; nothing is stored."""
        self.rates.admit(caller)
        plan = self.plan(ask, now=now)
        self._must_be_taken_in_time(plan, now)
        self._must_be_tellable(ask, caller)
        check = self.moderate(plan.effective_prompt, caller=caller) if self.moderate else None
        return Admitted(ask, caller, now, plan, (check,) if check else (), tuple(warnings))

    def plan(self, ask: JobRequest, *, now: int) -> Plan:
        """What a request comes to, for a start and for a quote alike. Reads nothing, counts nothing.

        Raises CallerError for what cannot be made here.
        """
        plan = planning.plan(ask, catalog=planning.load(), providers=self.providers, policy=self.policy, now=now)
        if self.moderate and plan.previews:
            self.moderate.allow_previews()
        return plan

    def _must_be_tellable(self, ask: JobRequest, caller: Caller) -> None:
        if ask.webhook_url is None:
            return
        if caller.anonymous:
            raise invalid("webhookUrl", "needs an owner, whose secret signs: sign in, or leave it out")
        self.check_address("webhookUrl", ask.webhook_url)

    def _must_be_taken_in_time(self, plan: Plan, now: int) -> None:
        earliest = self.signals.earliest(plan.route, plan.n)
        latest = now + (self.clocks.deadline - self.clocks.finish - self.clocks.call_min) * SECOND
        if earliest > latest:
            raise Busy(
                "Every provider has more images ordered than it takes before this job's deadline. Nothing was held.",
                retry_after_seconds=seconds_up(earliest - latest),
            )
