"""The doctor reads what is there: work and money under way, alarms and who is told, addresses, keys it never prints."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from easel.clock import SystemClock
from ops.commands import doctor
from ops.doctor import run, stage_checks
from ops.doctor.facts import Answer
from ops.doctor.model import Unknowable, Verdict
from ops.doctor.read_account import Account
from ops.doctor.read_here import Here
from ops.doctor.read_stage import DeployedStage
from ops.doctor.read_web import Outside
from tests.support.operator import DeployedWorld, FakeLambda, FakeLogs, easel
from tests.support.well_stage import ACCOUNT, REGION, a_stage, facts_of, reading
from tests.support.world import ANN, World


@dataclass
class FakeAws:
    """Answers by operation, of any service; what is an exception is raised. Pages are the answer itself."""

    answers: dict[str, Any] = field(default_factory=dict)
    region_name: str = REGION

    @property
    def meta(self) -> Any:
        return self

    def get_paginator(self, operation: str) -> Any:
        answer = self.answers[operation]
        return type("Pages", (), {"paginate": lambda _, **words: [answer]})()

    def __getattr__(self, operation: str) -> Any:
        answer = self.answers[operation]

        def call(**words: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer(**words) if callable(answer) else answer

        return call


def refusing(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Op")


def stage_of(world: World, **clients: Any) -> DeployedWorld:
    now = SystemClock().now()
    usual: dict[str, Any] = {
        "logs": FakeLogs({"/aws/lambda/reconcile": [(now - 30_000, "START"), (now - 90_000, "x")]}),
        "lambda": FakeLambda(),
        "sqs": FakeAws({"list_queues": {}}),
    }
    return DeployedWorld(world, clients={**usual, **clients})


def test_reservations_belong_to_the_jobs_that_are_open_to_the_micro_dollar(quick_world: World) -> None:
    quick_world.clock.forward((SystemClock().now() - quick_world.clock.now()) / 1000)  # today's budget is looked at
    quick_world.give()
    quick_world.run(quick_world.begin().job.id)
    job = quick_world.begin().job

    work = DeployedStage(a_stage(), stage_of(quick_world)).work()  # type: ignore[arg-type]

    assert work.open_reserved == work.reserved_today == job.reserved_micros > 0
    assert stage_checks.reservations(work).verdict is Verdict.PASS
    assert (work.overdue, work.undelivered) == ((), None)
    assert 29_000 <= (work.reconciled_ago or 0) <= 90_000


def test_a_job_beyond_its_deadline_is_named(quick_world: World) -> None:
    job = quick_world.begin().job  # a month ago, by this machine's clock

    work = DeployedStage(a_stage(), stage_of(quick_world)).work()  # type: ignore[arg-type]

    assert work.overdue == (job.id,)


def test_events_that_were_not_delivered_are_counted(quick_world: World) -> None:
    queues = {
        "list_queues": {"QueueUrls": ["u"]},
        "get_queue_attributes": {"Attributes": {"ApproximateNumberOfMessages": "3"}},
    }

    assert DeployedStage(a_stage(), stage_of(quick_world, sqs=FakeAws(queues))).work().undelivered == 3  # type: ignore[arg-type]


def test_a_ledger_that_was_altered_is_found(quick_world: World) -> None:
    quick_world.give()
    reader = DeployedStage(a_stage(), stage_of(quick_world))  # type: ignore[arg-type]
    assert reader.wrong_ledgers() == []

    key = {"pk": {"S": ANN.owner}, "sk": {"S": "balance"}}
    row = quick_world.dynamodb.get_item(TableName="credits", Key=key)["Item"]
    quick_world.dynamodb.put_item(TableName="credits", Item={**row, "available": {"N": "9999"}})

    assert reader.wrong_ledgers() == [ANN.owner]


def test_how_long_pictures_took_is_of_calls_that_delivered(quick_world: World) -> None:
    quick_world.clock.forward((SystemClock().now() - quick_world.clock.now()) / 1000)
    quick_world.give()
    quick_world.run(quick_world.begin().job.id)

    calls = DeployedStage(a_stage(), stage_of(quick_world)).calls()  # type: ignore[arg-type]

    assert list(calls.milliseconds) == ["gpt-image-2"]
    assert len(calls.milliseconds["gpt-image-2"]) == 1


def test_alarms_are_read_with_their_actions_and_who_confirmed(quick_world: World) -> None:
    alarms = [{"AlarmName": "a", "AlarmActions": ["arn:aws:sns:t"]}, {"AlarmName": "b", "AlarmActions": []}]
    told = [{"SubscriptionArn": "PendingConfirmation"}, {"SubscriptionArn": "arn:aws:sns:s"}]
    watch = FakeAws({"describe_alarms": {"MetricAlarms": alarms}})
    topic = FakeAws({"list_subscriptions_by_topic": {"Subscriptions": told}})

    read = DeployedStage(a_stage(), stage_of(quick_world, cloudwatch=watch, sns=topic)).alarms()  # type: ignore[arg-type]

    assert dict(read.actions) == {"a": ("arn:aws:sns:t",), "b": ()}
    assert (read.confirmed, read.pending) == (1, 1)


def account(**answers: Any) -> Account:
    client = FakeAws(answers)
    deployed: Any = type("D", (), {"client": lambda _, service, region=None: client, "functions": {}})()
    return Account(a_stage(), deployed)


def test_who_these_credentials_are_and_how_far_the_clock_is_off() -> None:
    who = {"Account": ACCOUNT, "Arn": "arn:olga", "ResponseMetadata": {"HTTPHeaders": {}}}
    assert account(get_caller_identity=who).identity().clock_off is None

    who["ResponseMetadata"] = {"HTTPHeaders": {"date": "Sat, 28 Nov 2020 12:00:00 GMT"}}
    assert (account(get_caller_identity=who).identity().clock_off or 0) > 1_000_000


def test_a_region_without_bootstrap_is_none_and_a_missing_right_is_not_that() -> None:
    assert dict(account(get_parameter=refusing("ParameterNotFound")).bootstraps().versions) == {REGION: None}
    with pytest.raises(ClientError):
        account(get_parameter=refusing("AccessDenied")).bootstraps()


def test_the_gateways_quota_is_in_seconds_and_could_not_be_known_without_the_right() -> None:
    assert account(get_service_quota={"Quota": {"Value": 29000.0}}).gateway_seconds() == 29.0
    with pytest.raises(Unknowable, match="AccessDenied"):
        account(get_service_quota=refusing("AccessDenied")).gateway_seconds()


@dataclass
class Told:
    """A stage's settings and one secret, and what was asked over HTTP."""

    secret: str = '{"openai": "sk-very-secret"}'
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Answer(200, {"data": []}))

    def client(self, service: str, region: str | None = None) -> Any:
        return FakeAws({"get_secret_value": {"SecretString": self.secret}})

    def environment(self, function: str) -> dict[str, str]:
        issuer = {"name": "main", "issuer": "https://i", "jwks_url": "https://i/jwks", "audience": ["a"]}
        return {
            "PROVIDERS": json.dumps({"openai": {}, "fal": {}}),
            "PROVIDERS_SECRET": "s",
            "MODERATION": json.dumps({"openai": True}),
            "MODERATION_SECRET": "m",
            "ISSUERS": json.dumps([issuer]),
            "PUBLIC_URL": "https://images.example",
            "API_ID": "a1",
        }

    def setting(self, function: str, variable: str) -> str:
        return self.environment(function)[variable]

    def fetch(self, method: str, url: str, **more: Any) -> Answer:
        self.asked.append((method, url, more))
        return self.answer


def outside(told: Told, spend: float = 0.0) -> Outside:
    return Outside(a_stage(), told, spend, told.fetch)  # type: ignore[arg-type]


def test_a_provider_is_asked_for_its_models_with_its_key_and_one_without_such_an_address_is_not() -> None:
    told = Told()
    facts = outside(told).facts()

    sites = facts["asked_providers"]()
    plain = facts["provider_sites"]()

    assert sites["fal"].answer is None
    assert told.asked[0] == (
        "GET",
        "https://api.openai.com/v1/models",
        {"headers": {"Authorization": "Bearer sk-very-secret"}},
    )
    assert plain["openai"].answer == told.answer
    assert told.asked[1][2] == {"headers": {}}


def test_no_picture_is_made_unless_somebody_said_what_it_may_cost_and_never_for_more() -> None:
    told = Told()

    assert outside(told).picture() is None
    with pytest.raises(Unknowable, match=r"may cost \$0\.\d+: --spend allows \$0\.001"):
        outside(told, spend=0.001).picture()
    assert told.asked == []

    assert outside(told, spend=0.05).picture() == told.answer
    ((method, url, more),) = told.asked
    assert (method, url) == ("POST", "https://api.openai.com/v1/images/generations")
    assert (more["body"]["quality"], more["body"]["n"]) == ("low", 1)


def test_a_secret_that_is_no_json_has_no_keys() -> None:
    assert outside(Told(secret="sk-plain")).provider_keys() == {}


def test_moderation_and_issuers_are_asked_where_the_deployed_stage_says() -> None:
    told = Told(secret="sk-m")

    outside(told).moderated()
    keys = outside(told).jwks()

    assert [(method, url) for method, url, _ in told.asked] == [
        ("POST", "https://api.openai.com/v1/moderations"),
        ("GET", "https://i/jwks"),
    ]
    assert keys["main"][0] == ("a",)


def test_this_checkout_is_read_without_asking_anybody() -> None:
    facts = Here(a_stage()).facts()

    assert facts["tools"]().cdk_wanted[0].isdigit()
    assert facts["catalog"]().models
    assert set(facts) >= {"stage", "today", "templates", "moderation"}


def test_apart_from_a_checkout_its_tools_could_not_be_known(tmp_path: Path) -> None:
    with pytest.raises(Unknowable, match="installed apart from its checkout"):
        Here(a_stage(), tmp_path).tools()
    assert Here(a_stage(), tmp_path).templates() == []


def test_every_fact_that_a_check_wants_is_read_by_somebody() -> None:
    told: Any = Told()
    sources = (Here(a_stage()), Account(a_stage(), told), DeployedStage(a_stage(), told), outside(told))

    names = [name for source in sources for name in source.facts()]

    assert {name for check in run.CHECKS for name in check.reads} <= set(names)
    assert len(names) == len(set(names))


def test_what_the_doctor_prints_has_no_key_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("sk-zebra", "sk-zebra crossing", "zebra"):
        facts = {**facts_of(), "provider_keys": {"openai": key}}
        monkeypatch.setattr(doctor, "reader_of", lambda operator, spend, facts=facts: reading(facts))
        ran = easel(object(), "doctor", "--stage", "prod", "--json")
        assert "zebra" not in ran.out + ran.err


def test_a_stack_is_read_with_its_state_and_its_drift_and_one_that_is_not_there_is_none(quick_world: World) -> None:
    told = {"StackStatus": "UPDATE_COMPLETE", "DriftInformation": {"StackDriftStatus": "DRIFTED"}}
    there = FakeAws({"describe_stacks": {"Stacks": [told]}})
    absent = FakeAws({"describe_stacks": refusing("ValidationError")})

    read = DeployedStage(a_stage(), stage_of(quick_world, cloudformation=there))  # type: ignore[arg-type]
    none = DeployedStage(a_stage(), stage_of(quick_world, cloudformation=absent))  # type: ignore[arg-type]

    assert read._stack() == ("UPDATE_COMPLETE", "DRIFTED")
    assert none._stack()[0] is None
