"""Throttling, the likeliest outage at a new account's quota of ten: it is seen, and callers are told the truth."""

import json
from typing import Any

from infra.function_names import DOORS
from infra.stages import load
from tests.support.templates import Reading


def alarm(reading: Reading, name: str) -> dict[str, Any]:
    return reading.only("AWS::CloudWatch::Alarm", f"Monitoring{name}")


def test_a_throttled_door_rings(prod: Reading) -> None:
    found = alarm(prod, "DoorsThrottled")
    counted = [one["MetricStat"]["Metric"] for one in found["Metrics"] if "MetricStat" in one]

    assert {metric["MetricName"] for metric in counted} == {"Throttles"}
    assert len(counted) == len(DOORS)
    watched = {metric["Dimensions"][0]["Value"]["Ref"] for metric in counted}
    assert {prod.of("AWS::Lambda::Function")[name]["Properties"]["Handler"] for name in watched} == {
        f"api.{name}.handler" for name in DOORS
    }


def test_an_account_that_is_nearly_full_rings_before_it_is_full(prod: Reading) -> None:
    found = alarm(prod, "ConcurrencyNearlyUsedUp")

    assert (found["Namespace"], found["MetricName"]) == ("AWS/Lambda", "ConcurrentExecutions")
    assert "Dimensions" not in found  # the account's
    assert found["Threshold"] < load("prod").account_concurrency


def test_server_errors_are_counted_as_callers_got_them(prod: Reading) -> None:
    """API Gateway counts the answers that we have modified as 4XXError, so its 5XXError sees none of ours."""
    found = alarm(prod, "GatewayErrors")
    counter = prod.only("AWS::Logs::MetricFilter")
    log = json.loads(prod.only("AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"])
    how = counter["MetricTransformations"][0]

    assert (found["Namespace"], found["MetricName"]) == (how["MetricNamespace"], how["MetricName"])
    assert counter["FilterPattern"] == '{ $.status = "5*" }'
    assert log["status"] == "$context.status"  # a text, which is what the pattern compares
    assert how["Dimensions"] == [{"Key": "stage", "Value": "$.stage"}]
    assert found["Dimensions"] == [{"Name": "stage", "Value": log["stage"]}]


def test_what_the_gateway_refuses_for_want_of_room_may_be_sent_again_and_is_not_said_to_be_done(prod: Reading) -> None:
    responses = [found["Properties"] for found in prod.of("AWS::ApiGateway::GatewayResponse").values()]

    for kind in ("AUTHORIZER_FAILURE", "INTEGRATION_FAILURE", "THROTTLED"):
        found = next(one for one in responses if one["ResponseType"] == kind)
        problem = json.loads(found["ResponseTemplates"]["application/json"])
        assert int(found["ResponseParameters"]["gatewayresponse.header.Retry-After"].strip("'")) >= 2
        assert "may have been carried out" not in problem["detail"]
