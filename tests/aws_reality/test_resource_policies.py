"""Services of AWS that have no role of ours reach a topic or a queue only where its own policy lets them in."""

from collections.abc import Callable, Iterator

import pytest

from infra.stages import Stage, load
from tests.aws_reality.policies import Call, admits, key_policies
from tests.support.templates import Reading, text

ACCOUNT = "AWS::AccountId"
TLS = {"aws:securetransport": "true"}


@pytest.fixture(scope="module")
def watched(read_stage: Callable[[Stage], Reading]) -> Reading:
    """A stage that mails its alarms."""
    return read_stage(load("prod").model_copy(update={"alarm_email": "ops@example.com"}))


def alarming(reading: Reading, account: str = ACCOUNT) -> Iterator[Call]:
    """What CloudWatch does when an alarm of an account rings."""
    for name, alarm in reading.of("AWS::CloudWatch::Alarm").items():
        said = {**TLS, "aws:sourceaccount": account, "aws:sourcearn": name}
        for topic in alarm["Properties"]["AlarmActions"]:
            yield Call("cloudwatch.amazonaws.com", "sns:Publish", text(topic), said)


def setting_aside(reading: Reading) -> Iterator[Call]:
    """What EventBridge and SNS do with an event or a mail that reached nobody."""
    for name, rule in reading.of("AWS::Events::Rule").items():
        for target in rule["Properties"]["Targets"]:
            queue = text(target["DeadLetterConfig"]["Arn"])
            said = {**TLS, "aws:sourceaccount": ACCOUNT, "aws:sourcearn": name}
            yield Call("events.amazonaws.com", "sqs:SendMessage", queue, said)
    for subscription in reading.of("AWS::SNS::Subscription").values():
        queue = text(subscription["Properties"]["RedrivePolicy"]["deadLetterTargetArn"])
        said = {**TLS, "aws:sourceaccount": ACCOUNT, "aws:sourcearn": text(subscription["Properties"]["TopicArn"])}
        yield Call("sns.amazonaws.com", "sqs:SendMessage", queue, said)


def test_every_alarm_may_publish_to_the_topic_it_names(watched: Reading) -> None:
    calls = list(alarming(watched))

    assert calls
    assert [call for call in calls if not admits(watched, call)] == []


def test_an_alarm_of_another_account_and_one_without_tls_may_not(watched: Reading) -> None:
    ours, foreign = next(alarming(watched)), next(alarming(watched, account="another"))
    plain = Call(ours.service, ours.action, ours.resource, {**ours.said, "aws:securetransport": "false"})

    assert not admits(watched, foreign)
    assert not admits(watched, plain)


def test_every_event_and_mail_that_reaches_nobody_may_be_set_aside(watched: Reading) -> None:
    calls = list(setting_aside(watched))

    assert {call.service for call in calls} == {"events.amazonaws.com", "sns.amazonaws.com"}
    assert [call for call in calls if not admits(watched, call)] == []


def test_a_function_sets_aside_by_its_own_role_what_it_could_not_take(watched: Reading) -> None:
    queues = {
        name: text(function["DeadLetterConfig"]["TargetArn"])
        for name, function in watched.functions.items()
        if "DeadLetterConfig" in function
    }

    assert set(queues) == {"settle", "reconcile", "deliver"}
    assert all(name in watched.who_may("sqs:SendMessage", queue) for name, queue in queues.items())


def test_no_key_stands_between_a_service_and_a_topic_or_queue(watched: Reading) -> None:
    """With a key of the account's own its policy would have to let the same services decrypt."""
    assert list(key_policies(watched)) == []
    assert all("KmsMasterKeyId" not in each["Properties"] for each in watched.of("AWS::SNS::Topic").values())
    assert all("KmsMasterKeyId" not in each["Properties"] for each in watched.of("AWS::SQS::Queue").values())
