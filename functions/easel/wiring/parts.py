"""What use cases are made of: the tables, the bucket, the state machine, time, counts and the signing secret.

Each part is made when the first use case asks for it, once: a function that never asks for the bucket needs no right
to it and no client for it. Tests hand in parts of their own and call the same functions of this package.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from easel.aws import clients
from easel.aws.bucket import Bucket
from easel.aws.dynamodb import Database
from easel.aws.metrics import CloudWatchMetrics, Metrics
from easel.aws.state_machine import StateMachine
from easel.clock import Clock, SystemClock
from easel.credits.ledger import Ledger
from easel.jobs.store import Store
from easel.limits.budget import Budget
from easel.limits.shares import Shares
from easel.policy import Clocks, Policy
from easel.settings import Settings

CLOCK = SystemClock()


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of one function. A table without a name is one that its use cases do not touch."""

    database: Database
    clock: Clock
    meter: Metrics
    secret: Callable[[], bytes]  # signs ids and hashes addresses; read when it is needed
    bucket: Callable[[], Bucket]
    machine: Callable[[], StateMachine]
    clocks: Clocks = field(default_factory=Clocks)
    policy: Policy = field(default_factory=Policy)
    jobs_table: str = ""
    credits_table: str = ""
    limits_table: str = ""
    deliver_function: str = ""  # delivers webhooks at once

    @cached_property
    def store(self) -> Store:
        """The jobs table."""
        return Store(self.database, self.jobs_table)

    @cached_property
    def ledger(self) -> Ledger:
        """The credits table."""
        return Ledger(self.database, self.credits_table)

    @cached_property
    def budget(self) -> Budget:
        """The day's budget."""
        caps = self.policy.daily_cap_micros, self.policy.free_cap_micros
        return Budget(self.database, self.limits_table, *caps, Shares.of(self.policy))

    @cached_property
    def assets(self) -> Bucket:
        """The asset bucket."""
        return self.bucket()

    @cached_property
    def workflow(self) -> StateMachine:
        """The state machine."""
        return self.machine()


def parts(settings: Settings) -> Parts:
    """The parts of this process. What the settings do not name, its use cases do not ask for."""
    named = {name: getattr(settings, name) for name in type(settings).model_fields}
    link_seconds = named.get("policy", Policy()).link_seconds
    shared = ("clocks", "policy", "jobs_table", "credits_table", "limits_table", "deliver_function")
    return Parts(
        database=Database(clients.dynamodb(), CLOCK),
        clock=CLOCK,
        meter=CloudWatchMetrics(settings.stage),
        secret=_signing(named.get("signing_secret", "")),
        bucket=lambda: Bucket(clients.s3(), clients.s3_unsigned(), named["assets_bucket"], link_seconds=link_seconds),
        machine=lambda: StateMachine(clients.stepfunctions(), named["state_machine_arn"], CLOCK),
        **{name: named[name] for name in shared if name in named},
    )


def _signing(name: str) -> Callable[[], bytes]:
    """The signing secret; what reads it is loaded by those who have one. Settling needs none."""
    if not name:
        return _no_secret
    from easel.aws import secrets

    return secrets.signing(name)


def _no_secret() -> bytes:
    raise ValueError("these settings name no signing secret")
