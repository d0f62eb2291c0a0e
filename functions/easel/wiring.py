"""Where the real parts are put together for the doors and for settling: settings in, use cases out."""

import logging
from collections.abc import Callable

from easel import clients, moderation, scores, secrets
from easel.accounts import Accounts
from easel.assets import Assets
from easel.budget import Budget
from easel.cancel import Cancel
from easel.clock import SystemClock
from easel.database import Database
from easel.erase import Erase
from easel.erasures import Erasures
from easel.forget import Forget, Forgetting
from easel.generate import Generate
from easel.hold import Hold
from easel.ledger import Ledger
from easel.limits import Limits
from easel.meter import CloudWatchMeter
from easel.moderate import Moderate
from easel.reconcile import Reconcile
from easel.settings import (
    Assets as AssetSettings,
)
from easel.settings import (
    Credits,
    CreditsSettings,
    GenerateSettings,
    Jobs,
    Policy,
    ReconcileSettings,
    SettleSettings,
    StartSettings,
    StatusSettings,
)
from easel.settle import Settle
from easel.signals import Signals
from easel.start import Start
from easel.status import Status
from easel.store import Store
from easel.switch import Switch
from easel.turnstile import Turnstile, post
from easel.uploads import Uploads
from easel.waiting import WaitingRoom
from easel.workflow import Workflow

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
    limits = Limits(
        database=database(),
        table=settings.limits_table,
        policy=settings.policy,
        switch=Switch(database(), settings.limits_table, CLOCK),
        clock=CLOCK,
        secret=secrets.signing(settings.signing_secret),
    )
    rows, money = store(settings), budget(settings.limits_table, settings.policy)
    return Start(
        hold=Hold(
            store=rows,
            ledger=ledger(settings),
            limits=limits,
            budget=money,
            database=database(),
            clock=CLOCK,
            policy=settings.policy,
        ),
        store=rows,
        limits=limits,
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


def moderate(settings: StartSettings) -> Moderate:
    """What says no before anything is held."""
    policy = moderation.load(settings.moderation)

    def ask() -> scores.Ask:
        key = secrets.key_of_moderation(settings.moderation_secret)
        return lambda text: scores.asked(text, base_url=policy.base_url, model=policy.model, key=key)

    return Moderate(
        policy=policy,
        ask=ask if policy.openai else None,
        database=database(),
        table=settings.limits_table,
        clock=CLOCK,
        meter=CloudWatchMeter(settings.stage),
    )


def uploads(settings: StartSettings) -> Uploads:
    """The use case that makes room for references."""
    return Uploads(assets=assets(settings), clock=CLOCK, secret=secrets.signing(settings.signing_secret))


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


def forget(settings: StartSettings) -> Forget:
    """The use case that forgets an owner."""
    signing = secrets.signing(settings.signing_secret)
    return Forget(erasures=Erasures(database(), settings.jobs_table), clock=CLOCK, secret=signing)


def forgetting(settings: ReconcileSettings) -> Forgetting:
    """What carries that out."""
    return Forgetting(
        erasures=Erasures(database(), settings.jobs_table),
        store=store(settings),
        assets=assets(settings),
        erase=erase(settings),
        clock=CLOCK,
    )


def status(settings: StatusSettings | StartSettings) -> Status:
    """The use case that only reads."""
    return Status(store=store(settings), assets=assets(settings), clock=CLOCK)


def accounts(settings: CreditsSettings | StatusSettings) -> Accounts:
    """Balances and grants."""
    return Accounts(
        store=store(settings),
        ledger=ledger(settings),
        database=database(),
        clock=CLOCK,
        clocks=settings.clocks,
        policy=settings.policy,
    )


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
