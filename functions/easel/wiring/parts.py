"""Where the real parts are put together for the doors and for settling: settings in, use cases out."""

import logging
from collections.abc import Callable

from easel.aws import clients, secrets
from easel.aws.bucket import Assets
from easel.aws.dynamodb import Database
from easel.aws.metrics import CloudWatchMeter
from easel.aws.state_machine import Workflow
from easel.clock import SystemClock
from easel.credits.accounts import Accounts
from easel.credits.ledger import Ledger
from easel.jobs.read import JobReader
from easel.jobs.store import Store
from easel.jobs.wait import Watch
from easel.limits.budget import Budget
from easel.limits.kill_switch import Switch
from easel.limits.rates import Limits
from easel.limits.seats import WaitingRoom
from easel.limits.turnstile import Turnstile, post
from easel.maintenance.erase_job import Erase
from easel.maintenance.erase_owner import CarryOutErasures, RequestErasure
from easel.maintenance.erasure_store import ErasureStore
from easel.maintenance.reconcile import Reconcile
from easel.moderation import endpoint
from easel.moderation import policy as moderation_policy
from easel.moderation.prompts import Moderate
from easel.policy import Policy
from easel.providers.availability_store import Signals
from easel.settings import (
    Assets as AssetSettings,
)
from easel.settings import (
    Credits,
    CreditsSettings,
    GenerateSettings,
    Jobs,
    ReconcileSettings,
    SettleSettings,
    StartSettings,
    StatusSettings,
)
from easel.settlement.cancel import Cancel
from easel.settlement.refund import Refund
from easel.settlement.settle import Settle
from easel.submission.hold import Hold
from easel.submission.start import Start
from easel.submission.start_and_wait import Generate
from easel.submission.uploads import Uploads

CLOCK = SystemClock()


def database() -> Database:
    """DynamoDB."""
    return Database(clients.dynamodb(), CLOCK)


def store(settings: Jobs) -> Store:
    """The jobs table."""
    return Store(database(), settings.jobs_table)


def assets(settings: AssetSettings) -> Assets:
    """The asset bucket."""
    return Assets(clients.s3(), clients.s3_unsigned(), settings.assets_bucket)


def ledger(settings: Credits) -> Ledger:
    """The credits table."""
    return Ledger(database(), settings.credits_table)


def budget(table: str, policy: Policy) -> Budget:
    """The day's budget."""
    return Budget(database(), table, policy.daily_cap_micros, policy.free_cap_micros)


def start(settings: StartSettings) -> Start:
    """The use case behind every door that starts a job."""
    rows, money, allowed = store(settings), budget(settings.limits_table, settings.policy), limits(settings)
    return Start(
        hold=Hold(
            store=rows,
            ledger=ledger(settings),
            limits=allowed,
            budget=money,
            database=database(),
            clock=CLOCK,
            policy=settings.policy,
        ),
        store=rows,
        limits=allowed,
        budget=money,
        assets=assets(settings),
        workflow=Workflow(clients.stepfunctions(), settings.state_machine_arn, CLOCK),
        clock=CLOCK,
        clocks=settings.clocks,
        policy=settings.policy,
        providers=settings.providers,
        signals=Signals(database(), settings.limits_table, settings.providers, CLOCK),
        secret=secrets.signing(settings.signing_secret),
        moderate=moderate(settings),
    )


def limits(settings: StartSettings) -> Limits:
    """Who may start and upload how much."""
    return Limits(
        database=database(),
        table=settings.limits_table,
        policy=settings.policy,
        switch=Switch(database(), settings.limits_table, CLOCK),
        clock=CLOCK,
        secret=secrets.signing(settings.signing_secret),
    )


def moderate(settings: StartSettings) -> Moderate:
    """What says no before anything is held."""
    policy = moderation_policy.load(settings.moderation)

    def ask() -> endpoint.Scorer:
        key = endpoint.key_of_moderation(settings.moderation_secret)
        return lambda text: endpoint.request_scores(text, base_url=policy.base_url, model=policy.model, key=key)

    return Moderate(
        policy=policy,
        ask=ask if policy.openai else None,
        database=database(),
        table=settings.limits_table,
        clock=CLOCK,
        meter=CloudWatchMeter(settings.stage),
        secret=secrets.signing(settings.signing_secret),
    )


def uploads(settings: StartSettings) -> Uploads:
    """The use case that makes room for references."""
    return Uploads(
        assets=assets(settings), limits=limits(settings), clock=CLOCK, secret=secrets.signing(settings.signing_secret)
    )


def generate(settings: StartSettings) -> Generate:
    """The use case of the door that waits."""
    waiting = WaitingRoom(
        database(), settings.limits_table, CLOCK, seats=settings.waiting_seats, seconds=settings.clocks.door
    )
    return Generate(start=start(settings), store=store(settings), assets=assets(settings), waiting=waiting, clock=CLOCK)


def turnstile(settings: GenerateSettings) -> Callable[[str | None, str], None]:
    """The check of strangers, where the operator has set one up."""
    if not settings.turnstile_secret:
        return lambda token, address: None
    return Turnstile(secret=secrets.signing(settings.turnstile_secret), post=post)


def cancel(settings: StartSettings) -> Cancel:
    """The use case that cancels."""
    return Cancel(store=store(settings), settle=settle(settings))


def erase(settings: StartSettings | ReconcileSettings) -> Erase:
    """The use case that erases."""
    return Erase(store=store(settings), assets=assets(settings), settle=settle(settings), clock=CLOCK)


def forget(settings: StartSettings) -> RequestErasure:
    """The use case that forgets an owner."""
    signing = secrets.signing(settings.signing_secret)
    return RequestErasure(erasures=ErasureStore(database(), settings.jobs_table), clock=CLOCK, secret=signing)


def forgetting(settings: ReconcileSettings) -> CarryOutErasures:
    """What carries that out."""
    return CarryOutErasures(
        erasures=ErasureStore(database(), settings.jobs_table),
        store=store(settings),
        assets=assets(settings),
        erase=erase(settings),
        clock=CLOCK,
    )


def status(settings: StatusSettings | StartSettings) -> JobReader:
    """The use case that only reads."""
    return JobReader(store=store(settings), assets=assets(settings), clock=CLOCK)


def watch(settings: StatusSettings) -> Watch:
    """The use case that waits for a change."""
    room = WaitingRoom(
        database(),
        settings.limits_table,
        CLOCK,
        seats=settings.watching_seats,
        seconds=settings.clocks.door,
        name="watching",
    )
    return Watch(status=status(settings), waiting=room, clock=CLOCK)


def accounts(settings: CreditsSettings | StatusSettings) -> Accounts:
    """Balances and grants."""
    return Accounts(
        ledger=ledger(settings),
        database=database(),
        clock=CLOCK,
        clocks=settings.clocks,
        policy=settings.policy,
    )


def refund(settings: CreditsSettings) -> Refund:
    """The use case that gives back what a job was charged."""
    return Refund(store=store(settings), accounts=accounts(settings))


def settle(settings: SettleSettings | StartSettings) -> Settle:
    """The use case that ends jobs."""
    return Settle(
        store=store(settings),
        ledger=ledger(settings),
        budget=budget(settings.limits_table, settings.policy),
        assets=assets(settings),
        database=database(),
        clock=CLOCK,
        clocks=settings.clocks,
        meter=CloudWatchMeter(settings.stage),
    )


def reconcile(settings: ReconcileSettings, log: logging.Logger) -> Reconcile:
    """The use case of every minute."""
    return Reconcile(
        store=store(settings),
        workflow=Workflow(clients.stepfunctions(), settings.state_machine_arn, CLOCK),
        settle=settle(settings),
        erase=erase(settings),
        clock=CLOCK,
        clocks=settings.clocks,
        meter=CloudWatchMeter(settings.stage),
        log=log,
    )
