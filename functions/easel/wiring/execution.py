"""Attempts: the one module besides the adapters that leads to heavy libraries."""

import logging
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from aws_lambda_powertools import Logger

from easel.aws import secrets
from easel.execution.attempt import RunAttempt
from easel.execution.begin import BeginAttempt
from easel.execution.calls import ProviderCalls
from easel.execution.dispatch import Dispatch
from easel.execution.moderation import Inspect
from easel.execution.open_attempts import OpenAttempts
from easel.execution.reports import Reports
from easel.execution.write_attempt import WriteAttempt
from easel.limits.worker_seats import WorkerSeats
from easel.moderation import endpoint as moderation_endpoint
from easel.moderation import policy as moderation_policy
from easel.moderation.endpoint import Scores
from easel.providers import registry
from easel.providers.availability_store import Signals
from easel.providers.protocol import Provider, QueueProvider
from easel.settings import AttemptSettings, ProviderSettings
from easel.wiring.parts import Parts

MODERATION = "easel.moderation.openai_sdk"  # by name: it leads to a heavy library, which only the worker has


def run_attempt(
    parts: Parts,
    *,
    providers: Mapping[str, ProviderSettings],
    provider_named: Callable[[str], Provider | QueueProvider],
    inspect: Inspect | None,
    log: logging.Logger,
    seats: int,
) -> RunAttempt:
    """One attempt of a job, by whichever provider is next; `seats` is how many run at once, 0 for no bound."""
    signals = Signals(parts.database, parts.limits_table, providers, parts.clock)
    dispatch = Dispatch(signals, parts.meter, parts.clocks, patience=parts.policy.overflow_after_seconds)
    calls = ProviderCalls(
        provider_named=provider_named,
        assets=parts.assets,
        clock=parts.clock,
        secret=parts.secret,
        moderation=parts.policy.moderation,
        inspect=inspect,
    )
    open_attempts = OpenAttempts(
        store=parts.store,
        assets=parts.assets,
        calls=calls,
        dispatch=dispatch,
        reports=Reports(parts.meter, log),
        clock=parts.clock,
        clocks=parts.clocks,
    )
    return RunAttempt(
        store=parts.store,
        seats=WorkerSeats(parts.database, parts.limits_table, parts.clock, seats),
        open_attempts=open_attempts,
        begin=_begin_attempt(parts, dispatch, inspect),
        calls=calls,
        clock=parts.clock,
        clocks=parts.clocks,
    )


def _begin_attempt(parts: Parts, dispatch: Dispatch, inspect: Inspect | None) -> BeginAttempt:
    return BeginAttempt(
        store=parts.store,
        assets=parts.assets,
        dispatch=dispatch,
        write=WriteAttempt(parts.store, parts.budget, parts.database, parts.clocks),
        clock=parts.clock,
        clocks=parts.clocks,
        inspect=inspect,
    )


def run_attempt_of(settings: AttemptSettings, parts: Parts) -> RunAttempt:
    """The same as a stage is set up."""

    @cache
    def adapter(name: str, key: str) -> Provider | QueueProvider:
        return registry.build(name, settings.providers[name], key)

    def provider_named(name: str) -> Provider | QueueProvider:
        """The adapter with its key of now: a rotated key holds as soon as the secret is read again."""
        return adapter(name, secrets.secrets().fields(settings.providers_secret).get(name, ""))

    log: Any = Logger(service="attempt")
    return run_attempt(
        parts,
        providers=settings.providers,
        provider_named=provider_named,
        inspect=_inspect(settings, parts),
        log=log,
        seats=settings.worker_seats,
    )


def preload(settings: AttemptSettings) -> None:
    """Import what the attempts of a stage will need: a second of work, done before the first job waits for it."""
    registry.preload(settings.providers)
    if moderation_policy.load(settings.moderation).openai:
        import_module(MODERATION)


def _inspect(settings: AttemptSettings, parts: Parts) -> Inspect | None:
    """Moderation by the worker, where the stage asks for it."""
    policy = moderation_policy.load(settings.moderation)
    if not policy.openai:
        return None

    def ask(thing: str | tuple[bytes, str]) -> Scores:
        key = moderation_endpoint.key_of_moderation(settings.moderation_secret)
        endpoint = import_module(MODERATION)
        found: Scores = endpoint.scores(thing, base_url=policy.base_url, model=policy.model, key=key)
        return found

    return Inspect(policy=policy, ask=ask, meter=parts.meter)
