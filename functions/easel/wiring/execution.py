"""Where the worker's parts are put together: the one place besides the adapters that leads to heavy libraries."""

from functools import cache
from importlib import import_module
from typing import Any

from aws_lambda_powertools import Logger

from easel.aws import clients, secrets
from easel.aws.metrics import CloudWatchMeter
from easel.execution.attempt import RunAttempt
from easel.execution.calls import ProviderCalls
from easel.execution.dispatch import Dispatch
from easel.execution.fetch_client import FetchClient
from easel.execution.moderation import Inspect
from easel.execution.prepare import Prepare
from easel.moderation import endpoint as moderation_endpoint
from easel.moderation import policy as moderation_policy
from easel.moderation.endpoint import Scores
from easel.providers import registry
from easel.providers.availability_store import Signals
from easel.providers.protocol import Provider
from easel.settings import AttemptSettings, PrepareSettings
from easel.wiring import parts


def turn(settings: AttemptSettings) -> RunAttempt:
    """One turn of one provider."""

    @cache
    def adapter(name: str, key: str) -> Provider:
        return registry.build(name, settings.providers[name], key)

    def provider_named(name: str) -> Provider:
        """The adapter with its key of now: a rotated key holds as soon as the secret is read again."""
        return adapter(name, secrets.secrets().fields(settings.providers_secret).get(name, ""))

    meter = CloudWatchMeter(settings.stage)
    signals = Signals(parts.database(), settings.limits_table, settings.providers, parts.CLOCK)
    log: Any = Logger(service="attempt")
    inspect = inspection(settings)
    return RunAttempt(
        log=log,
        store=parts.store(settings),
        assets=parts.assets(settings),
        budget=parts.budget(settings.limits_table, settings.policy),
        database=parts.database(),
        studio=ProviderCalls(
            provider_named=provider_named,
            assets=parts.assets(settings),
            clock=parts.CLOCK,
            secret=secrets.signing(settings.signing_secret),
            moderation=settings.policy.moderation,
            inspect=inspect,
        ),
        inspect=inspect,
        dispatch=Dispatch(signals, meter, settings.clocks, patience=settings.policy.overflow_after_seconds),
        clock=parts.CLOCK,
        clocks=settings.clocks,
        meter=meter,
    )


def inspection(settings: AttemptSettings) -> Inspect | None:
    """Moderation by the worker, where the stage asks for it."""
    policy = moderation_policy.load(settings.moderation)
    if not policy.openai:
        return None

    def ask(thing: str | tuple[bytes, str]) -> Scores:
        key = moderation_endpoint.key_of_moderation(settings.moderation_secret)
        endpoint = import_module("easel.moderation.openai_sdk")  # heavy: for the first that is asked
        found: Scores = endpoint.scores(thing, base_url=policy.base_url, model=policy.model, key=key)
        return found

    return Inspect(policy=policy, ask=ask, meter=CloudWatchMeter(settings.stage))


def prepare(settings: PrepareSettings) -> Prepare:
    """References made ready for providers."""
    return Prepare(
        store=parts.store(settings),
        assets=parts.assets(settings),
        fetch=FetchClient(clients.lambda_functions(), settings.fetch_function),
    )
