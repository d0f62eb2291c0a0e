"""Two stages in one account and region: what AWS tells apart by a name alone must not have the same one."""

import json
from collections.abc import Callable
from pathlib import Path

from infra.stages import Stage, load
from tests.support.templates import Reading, text


def watched_server_errors(reading: Reading) -> dict[str, str]:
    """The dimensions of the metric that a stage's alarm on 5xx answers counts."""
    alarm = next(
        found["Properties"]
        for found in reading.of("AWS::CloudWatch::Alarm").values()
        if found["Properties"].get("MetricName") == "GatewayServerErrors"
    )
    return {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}


def test_a_stages_alarm_counts_the_errors_of_its_own_gateway_alone(read_stage: Callable[[Stage], Reading]) -> None:
    for name in ("prod", "dev"):
        reading = read_stage(load(name))
        stage = json.loads(reading.only("AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"])["stage"]

        assert watched_server_errors(reading) == {"stage": stage} == {"stage": name}


def test_removing_a_stage_leaves_the_accounts_log_writer_its_rights(read_stage: Callable[[Stage], Reading]) -> None:
    reading = read_stage(load("dev"))
    account, *more = reading.of("AWS::ApiGateway::Account").values()
    writer = account["Properties"]["CloudWatchRoleArn"]["Fn::GetAtt"][0]
    role = reading.of("AWS::IAM::Role")[writer]
    policies = [found["Properties"]["Roles"] for found in reading.of("AWS::IAM::Policy").values()]

    assert not more
    assert role["DeletionPolicy"] == account["DeletionPolicy"] == "Retain"
    assert "AmazonAPIGatewayPushToCloudWatchLogs" in text(role["Properties"]["ManagedPolicyArns"][0])
    assert [roles for roles in policies if {"Ref": writer} in roles] == []  # such rights would go with the stack


def test_a_second_stage_of_an_account_sets_no_concurrency_aside_that_the_first_has(tmp_path: Path) -> None:
    file = tmp_path / "stages.toml"
    file.write_text("[prod]\naccount_concurrency = 1000\n[prod.providers.openai]\n[dev]\nbased_on = 'prod'\n")

    prod, dev = load("prod", file=file), load("dev", file=file)

    assert prod.reserved(tenths=2) == 200
    assert dev.reserved(tenths=2) is None
