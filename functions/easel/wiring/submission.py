"""From a request to a held, started job, and the picture for those who wait for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from easel.aws import secrets
from easel.limits.daily import DailyLimits
from easel.limits.kill_switch import KillSwitch
from easel.limits.rates import RateLimits
from easel.limits.turnstile import Turnstile, post
from easel.moderation import endpoint
from easel.moderation import policy as moderation_policy
from easel.moderation.policy import Moderation
from easel.moderation.prompts import Moderate
from easel.outbound.guarded_connection import LookUp, look_up
from easel.providers.availability_store import Signals
from easel.settings import ProviderSettings, SubmissionSettings
from easel.submission.admission import Admission
from easel.submission.drafts import Drafts
from easel.submission.hold import Hold
from easel.submission.intake import Intake
from easel.submission.launch import Launch
from easel.submission.own_pictures import OwnPictures
from easel.submission.quote import Quote
from easel.submission.start import Start
from easel.submission.start_and_wait import Generate
from easel.submission.uploads import Uploads
from easel.webhooks.addresses import check_address
from easel.wiring import reading
from easel.wiring.parts import Parts


@dataclass(frozen=True)
class Submission:
    """The use cases that begin something, over the same limits."""

    rates: RateLimits
    hold: Hold
    start: Start
    quote: Quote
    uploads: Uploads


def submission(
    parts: Parts,
    *,
    providers: Mapping[str, ProviderSettings],
    moderation: Moderation,
    scorer: Callable[[], endpoint.Scorer],
    resolve: LookUp,
) -> Submission:
    """Starting jobs and taking uploads.

    `scorer` is asked for where the policy wants the endpoint's scores, `resolve` for the hosts that are to be told.
    """
    rates = RateLimits(
        database=parts.database,
        table=parts.limits_table,
        policy=parts.policy,
        switch=KillSwitch(parts.database, parts.limits_table, parts.clock),
        clock=parts.clock,
        secret=parts.secret,
    )
    daily = DailyLimits(parts.database, parts.limits_table, parts.policy, parts.secret)
    hold = Hold(
        store=parts.store,
        ledger=parts.ledger,
        limits=daily,
        budget=parts.budget,
        database=parts.database,
        clock=parts.clock,
        policy=parts.policy,
    )
    admission = Admission(
        rates=rates,
        policy=parts.policy,
        clocks=parts.clocks,
        providers=providers,
        signals=Signals(parts.database, parts.limits_table, providers, parts.clock),
        check_address=check_address(resolve),
        moderate=_moderate(parts, moderation, scorer),
    )
    start = Start(
        store=parts.store,
        admission=admission,
        drafts=Drafts(daily, parts.budget, parts.clock, parts.clocks, parts.secret),
        intake=Intake(parts.assets, parts.secret, OwnPictures(parts.store, parts.assets), rates),
        hold=hold,
        launch=Launch(parts.workflow, parts.store, parts.clock, parts.clocks),
        clock=parts.clock,
        clocks=parts.clocks,
    )
    uploads = Uploads(assets=parts.assets, limits=rates, clock=parts.clock, secret=parts.secret)
    return Submission(rates=rates, hold=hold, start=start, quote=Quote(admission, parts.clock), uploads=uploads)


def submission_of(settings: SubmissionSettings, parts: Parts) -> Submission:
    """The same as a stage is set up."""
    policy = moderation_policy.load(settings.moderation)

    def scorer() -> endpoint.Scorer:
        key = endpoint.key_of_moderation(settings.moderation_secret)
        return lambda text: endpoint.request_scores(text, base_url=policy.base_url, model=policy.model, key=key)

    return submission(parts, providers=settings.providers, moderation=policy, scorer=scorer, resolve=look_up)


def generate(parts: Parts, start: Start, *, seats: int) -> Generate:
    """A start that waits for the end, in one of so many seats."""
    return Generate(start=start, wait=reading.wait_for_end(parts, seats_for_waiting=seats), assets=parts.assets)


def turnstile(secret_name: str) -> Callable[[str | None, str], None]:
    """The check of a solved challenge, by its token and the caller's address; none without a secret's name."""
    if not secret_name:
        return lambda token, address: None
    return Turnstile(secret=secrets.signing(secret_name), post=post)


def _moderate(parts: Parts, policy: Moderation, scorer: Callable[[], endpoint.Scorer]) -> Moderate:
    return Moderate(
        policy=policy,
        ask=scorer if policy.openai else None,
        database=parts.database,
        table=parts.limits_table,
        clock=parts.clock,
        meter=parts.meter,
        secret=parts.secret,
    )
