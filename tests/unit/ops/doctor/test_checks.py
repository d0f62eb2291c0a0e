"""Each thing that can be wrong fails its own check and no other, with a remedy; done away with, all is well again."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from easel.moderation import policy as moderation_policy
from easel.settings import ProviderSettings
from infra.stage_tables import Edge
from ops.doctor import run
from ops.doctor.facts import Alarms, Answer, Bootstraps, Calls, Concurrency, Deployment, ProviderSite, Today, Work
from ops.doctor.model import Verdict
from tests.support.well_stage import ISSUER_KEYS, a_stage, changed, facts_of, reading

WELL = facts_of()
FUNCTIONS = WELL["deployment"].functions
TOLD = WELL["deployment"].environments
REFUSED = ProviderSite("https://api.openai.com/v1/models", Answer(401))
UNVERIFIED = {"error": {"message": "Your organization must be verified to use the model `gpt-image-2`."}}
SILENT = ProviderSite("https://api.opnai.com/v1/models", Answer(0))


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong: the facts with it, the one check that says so, and words of its remedy."""

    what: str
    facts: dict[str, Any]
    check: str
    remedy: str
    verdict: Verdict = Verdict.FAIL


def of(name: str, value: Any) -> dict[str, Any]:
    return {**WELL, name: value}


def staged(**changes: Any) -> dict[str, Any]:
    """The facts of another stage file, deployed as it says."""
    return facts_of(a_stage(**changes))


def drifted() -> dict[str, Any]:
    other = a_stage(policy={"daily_cap_micros": 7}).policy.model_dump_json(exclude_none=True)
    told = {**TOLD, "start": {**TOLD["start"], "POLICY": other}}
    return of("deployment", Deployment("UPDATE_COMPLETE", FUNCTIONS, told))


FREE_LOSS = {"credit_micros": 10_000, "margin_percent": -90}
SEEDS = [
    Wrong("an old Python", changed(WELL, "tools", python=(3, 9)), "tools", "make setup PYTHON="),
    Wrong("another CDK", changed(WELL, "tools", cdk="2.1"), "tools", "rm -r node_modules"),
    Wrong("no Node", changed(WELL, "tools", node=None), "tools", "make setup", Verdict.WARN),
    Wrong("changes that are not committed", changed(WELL, "tools", uncommitted=3), "git", "git commit", Verdict.WARN),
    Wrong("another account", changed(WELL, "identity", account="999999999999"), "account", "AWS_PROFILE"),
    Wrong("another region", changed(WELL, "identity", region="us-east-1"), "account", "AWS_REGION=eu-central-1"),
    Wrong("a clock that is off", changed(WELL, "identity", clock_off=-31.0), "clock", "timedatectl"),
    Wrong("no bootstrap", of("bootstraps", Bootstraps({"eu-central-1": None})), "bootstrap", "cdk bootstrap aws://"),
    Wrong(
        "an edge without a bootstrap in us-east-1",
        of("bootstraps", Bootstraps({"eu-central-1": 21, "us-east-1": None})),
        "bootstrap",
        "/us-east-1 -c stage=prod",
    ),
    Wrong(
        "quota 10 with reservations",
        {**staged(account_concurrency=1000), "concurrency": Concurrency(10, 10)},
        "concurrency",
        "account_concurrency = 10",
    ),
    Wrong(
        "another stage's reservations in the way",
        {**staged(account_concurrency=1000), "concurrency": Concurrency(1000, 400)},
        "concurrency",
        "account_concurrency = 500",
    ),
    Wrong("a door longer than the gateway", staged(clocks={"door": 40}), "gateway-timeout", "clocks.door = 24"),
    Wrong(
        "a retired default model",
        {**WELL, "today": Today(date(2026, 11, 20)), "stage": a_stage(policy={"default_model": "gpt-image-1-mini"})}
        | {"deployment": facts_of(a_stage(policy={"default_model": "gpt-image-1-mini"}))["deployment"]}
        | {"asked_providers": {}},
        "retirement",
        'policy.default_model = "',
    ),
    Wrong("models that go soon", of("today", Today(date(2026, 11, 20))), "retirement", "tell callers", Verdict.WARN),
    Wrong("a loss-making price", staged(policy=FREE_LOSS), "margin", "policy.margin_percent"),
    Wrong("a thin margin", staged(policy={"margin_percent": 0}), "margin", "easel prices", Verdict.WARN),
    Wrong("a cap of 0", staged(policy={"daily_cap_micros": 0}), "caps", "policy.daily_cap_micros = "),
    Wrong("a cap below a picture", staged(policy={"daily_cap_micros": 40_000}), "caps", "owner_share_percent"),
    Wrong("no ration for strangers", staged(policy={"anonymous": True}), "anonymous", "anonymous_daily_credits = 500"),
    Wrong(
        "no challenge for strangers",
        staged(policy={"anonymous": True, "anonymous_daily_credits": 9}),
        "anonymous",
        "turnstile =",
        Verdict.WARN,
    ),
    Wrong("nobody to turn to", staged(policy={"contact": None}), "contacts", "set them", Verdict.WARN),
    Wrong(
        "no policy of what is made",
        of("moderation", moderation_policy.load({})),
        "moderation-policy",
        "[prod.moderation] openai = true",
        Verdict.WARN,
    ),
    Wrong("no template", of("templates", []), "idle-price", "make synth STAGE=prod", Verdict.UNKNOWN),
    Wrong("a provider out of reach", of("provider_sites", {"openai": SILENT}), "reachable", "base_url"),
    Wrong("a missing secret", of("provider_keys", {}), "provider-keys", "put-secret-value"),
    Wrong("a key of somebody else", of("provider_keys", {"openai": "AIza"}), "provider-keys", "put-secret-value"),
    Wrong("a key cut off", of("provider_keys", {"openai": "proj-abc"}), "provider-keys", "put-secret-value"),
    Wrong("a key with a line end", of("provider_keys", {"openai": "sk-a\n"}), "provider-keys", "put-secret-value"),
    Wrong("a revoked key", of("asked_providers", {"openai": REFUSED}), "keys-accepted", "make a new key at openai"),
    Wrong("an unverified organisation", of("picture", Answer(403, UNVERIFIED)), "verification", "platform.openai.com"),
    Wrong(
        "a model that its provider does not list",
        of("asked_providers", {"openai": ProviderSite("u", Answer(200, {"data": [{"id": "gpt-4"}]}))}),
        "models-listed",
        "policy.default_model",
    ),
    Wrong("moderation without a key", of("moderated", None), "moderation", "ModerationKey"),
    Wrong("moderation refusing its key", of("moderated", Answer(401)), "moderation", "ModerationKey"),
    Wrong("an unreachable JWKS", of("jwks", {"main": (("client",), Answer(0))}), "issuers", "jwks_url"),
    Wrong("a JWKS without keys", of("jwks", {"main": (("client",), Answer(200, {}))}), "issuers", "jwks_url"),
    Wrong("no audience", of("jwks", {"main": (("",), Answer(200, ISSUER_KEYS))}), "issuers", "audience"),
    Wrong("no stack", of("deployment", Deployment(None, FUNCTIONS, TOLD)), "deployed", "make deploy STAGE=prod"),
    Wrong(
        "a stack that was rolled back",
        of("deployment", Deployment("ROLLBACK_COMPLETE", FUNCTIONS, TOLD)),
        "deployed",
        "make deploy STAGE=prod",
    ),
    Wrong(
        "a parameter that leads to nothing",
        of("deployment", Deployment("UPDATE_COMPLETE", {**FUNCTIONS, "gone": "arn"}, TOLD)),
        "deployed",
        "make deploy STAGE=prod",
    ),
    Wrong("changed by hand", changed(WELL, "deployment", drift="DRIFTED"), "drift", "describe-stack-resource-drifts"),
    Wrong(
        "a drift nobody looked for",
        changed(WELL, "deployment", drift="NOT_CHECKED"),
        "drift",
        "detect-stack-drift --stack-name easel-prod",
        Verdict.UNKNOWN,
    ),
    Wrong("a drifted parameter", drifted(), "settings", "make deploy STAGE=prod"),
    Wrong(
        "a page that does not answer",
        changed(WELL, "web", answers={"/healthz": Answer(200), "/": Answer(500), "/docs": Answer(200)}),
        "web",
        "easel logs --function meta",
    ),
    Wrong(
        "an edge that can be passed by",
        {
            **staged(
                edge=Edge(domain="images.example", certificate="arn:aws:acm:us-east-1:123456789012:certificate/1")
            ),
            "web": changed(WELL, "web", direct=Answer(200))["web"],
        },
        "edge",
        "make deploy STAGE=prod",
    ),
    Wrong("an alarm without a subscriber", of("alarms", Alarms({"a": ()}, 0, 0)), "alarms", "alarm_email"),
    Wrong("a mail nobody confirmed", of("alarms", Alarms({"a": ("t",)}, 0, 1)), "alarms", "open the mail"),
    Wrong("no alarm", of("alarms", Alarms({}, 0, 0)), "alarms", "make deploy"),
    Wrong("a dead reconciler", of("work", Work(reconciled_ago=None)), "reconciler", "easel logs --function reconcile"),
    Wrong("a late reconciler", of("work", Work(reconciled_ago=300_000)), "reconciler", "easel logs"),
    Wrong("a job beyond its deadline", of("work", Work(1, overdue=("j1",))), "overdue", "easel job j1 --settle"),
    Wrong("an undelivered event", of("work", Work(1, undelivered=2)), "queues", "redrive", Verdict.WARN),
    Wrong("a ledger that was altered", of("wrong_ledgers", ["user:a:b"]), "ledger", "verify --owner user:a:b"),
    Wrong(
        "a reservation of no job",
        of("work", Work(1, open_reserved=5, reserved_today=9)),
        "reservations",
        "easel jobs --open",
        Verdict.WARN,
    ),
    Wrong(
        "a model too slow to wait for",
        of("calls", Calls({"gpt-image-2": (90_000,) * 9})),
        "quick-route",
        "POST /api/aiimage/start",
        Verdict.WARN,
    ),
    Wrong("calls nobody made", of("calls", Calls({})), "quick-route", "use jobs", Verdict.UNKNOWN),
]


def verdicts(facts: dict[str, Any]) -> dict[str, Verdict]:
    report = run.examine(run.CHECKS, reading(facts))
    return {name: found.verdict for name, found in report.findings.items()}


def test_a_stage_of_which_everything_is_well_is_ready_with_every_check_passed() -> None:
    assert set(verdicts(WELL).values()) == {Verdict.PASS}
    assert run.examine(run.CHECKS, reading(WELL)).ready


@pytest.mark.parametrize("wrong", SEEDS, ids=lambda wrong: wrong.what.replace(" ", "_"))
def test_what_is_wrong_is_found_by_its_check_and_by_no_other(wrong: Wrong) -> None:
    report = run.examine(run.CHECKS, reading(wrong.facts))

    found = report.findings[wrong.check]
    others = {name: each for name, each in report.findings.items() if name != wrong.check}
    assert (found.verdict, report.ready) == (wrong.verdict, wrong.verdict is not Verdict.FAIL), found
    assert wrong.remedy in found.remedy
    assert {name: each for name, each in others.items() if each.verdict in (Verdict.FAIL, Verdict.WARN)} == {}


def test_every_check_has_something_that_it_finds() -> None:
    alone = {"credentials"}  # below: it is found by what cannot be read
    assert {wrong.check for wrong in SEEDS} | alone == {check.id for check in run.CHECKS}


def test_without_credentials_that_one_check_fails_and_the_others_could_not_know() -> None:
    asked = ("identity", "bootstraps", "concurrency", "gateway_seconds")
    facts: dict[str, Any] = {**WELL, **dict.fromkeys(asked, NoCredentialsError())}

    report = run.examine(run.chosen(only=(), skip=(), after=False, offline=False), reading(facts))

    assert [name for name, each in report.findings.items() if each.verdict is Verdict.FAIL] == ["credentials"]
    assert "AWS_PROFILE" in report.findings["credentials"].remedy
    assert report.findings["bootstrap"].verdict is Verdict.UNKNOWN


def test_what_may_not_be_read_could_not_be_known_and_names_the_right_that_is_missing() -> None:
    said = "User: arn:x is not authorized to perform: cloudwatch:DescribeAlarms on resource: arn:y because"
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": said}}, "DescribeAlarms")

    found = run.examine(run.CHECKS, reading(of("alarms", denied))).findings["alarms"]

    assert found.verdict is Verdict.UNKNOWN
    assert "cloudwatch:DescribeAlarms on arn:y" in found.remedy


def test_verification_is_never_claimed_without_a_real_picture() -> None:
    found = run.examine(run.CHECKS, reading(of("picture", None))).findings["verification"]

    assert (found.verdict, "--spend 0.05" in found.remedy) == (Verdict.UNKNOWN, True)


def test_a_gateway_in_front_of_openai_may_have_keys_of_another_form() -> None:
    behind = {"openai": ProviderSettings(base_url="https://gateway.example/v1")}
    facts = {**staged(providers=behind), "provider_keys": {"openai": "gw-abc"}}

    assert run.examine(run.CHECKS, reading(facts)).findings["provider-keys"].verdict is Verdict.PASS
