"""Where the worker's parts are put together: the one place besides the adapters that leads to heavy libraries."""

from functools import cache
from importlib import import_module
from typing import Any

from aws_lambda_powertools import Logger

from easel import clients, moderation, secrets, wiring
from easel.attempt import Turn
from easel.courier import Courier
from easel.dispatch import Dispatch
from easel.inspection import Inspect
from easel.meter import CloudWatchMeter
from easel.prepare import Prepare
from easel.providers import registry
from easel.providers.protocol import Provider
from easel.scores import Scores
from easel.settings import AttemptSettings, PrepareSettings
from easel.signals import Signals
from easel.studio import Studio


def turn(settings: AttemptSettings) -> Turn:
    """One turn of one provider."""

    @cache
    def adapter(name: str, key: str) -> Provider:
        return registry.build(name, settings.providers[name], key)

    def provider_named(name: str) -> Provider:
        """The adapter with its key of now: a rotated key holds as soon as the secret is read again."""
        return adapter(name, secrets.secrets().fields(settings.providers_secret).get(name, ""))

    meter = CloudWatchMeter(settings.stage)
    signals = Signals(wiring.database(), settings.limits_table, settings.providers, wiring.CLOCK)
    log: Any = Logger(service="attempt")
    inspect = inspection(settings)
    return Turn(
        log=log,
        store=wiring.store(settings),
        assets=wiring.assets(settings),
        budget=wiring.budget(settings.limits_table, settings.policy),
        database=wiring.database(),
        studio=Studio(
            provider_named=provider_named,
            assets=wiring.assets(settings),
            clock=wiring.CLOCK,
            secret=secrets.signing(settings.signing_secret),
            moderation=settings.policy.moderation,
            inspect=inspect,
        ),
        inspect=inspect,
        dispatch=Dispatch(signals, meter, settings.clocks, patience=settings.policy.overflow_after_seconds),
        clock=wiring.CLOCK,
        clocks=settings.clocks,
        meter=meter,
    )


def inspection(settings: AttemptSettings) -> Inspect | None:
    """Moderation by the worker, where the stage asks for it."""
    policy = moderation.load(settings.moderation)
    if not policy.openai:
        return None

    def ask(thing: str | tuple[bytes, str]) -> Scores:
        key = secrets.key_of_moderation(settings.moderation_secret)
        endpoint = import_module("easel.providers.openai_moderation")  # heavy: for the first that is asked
        found: Scores = endpoint.scores(thing, base_url=policy.base_url, model=policy.model, key=key)
        return found

    return Inspect(policy=policy, ask=ask, meter=CloudWatchMeter(settings.stage))


def prepare(settings: PrepareSettings) -> Prepare:
    """References made ready for providers."""
    return Prepare(
        store=wiring.store(settings),
        assets=wiring.assets(settings),
        fetch=Courier(clients.lambda_functions(), settings.fetch_function),
    )
