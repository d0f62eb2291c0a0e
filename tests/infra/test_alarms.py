"""Alarms: who is told, and that they look at what is really written."""

import json
import re
from collections.abc import Callable

import pytest

from easel.aws.metrics import CloudWatchMetrics
from infra.stages import Stage, load
from tests.support.assembly import ROOT
from tests.support.templates import Reading


def alarms(reading: Reading) -> list[dict[str, object]]:
    return [found["Properties"] for found in reading.of("AWS::CloudWatch::Alarm").values()]


def test_without_an_address_nobody_is_mailed(prod: Reading) -> None:
    assert prod.of("AWS::SNS::Topic") == {}


def test_every_alarm_reaches_the_stages_address(read_stage: Callable[[Stage], Reading]) -> None:
    found = read_stage(load("prod").model_copy(update={"alarm_email": "ops@example.com"}))

    assert found.only("AWS::SNS::Subscription")["Endpoint"] == "ops@example.com"
    assert all(alarm["AlarmActions"] for alarm in alarms(found))


@pytest.mark.parametrize(
    ("count", "service", "more"),
    [
        ("ProviderMisconfigured", "attempt", {"provider": "openai"}),
        ("JobStuck", "reconcile", {}),
        ("WebhookGivenUp", "deliver", {}),
        ("WebhookStuck", "deliver", {}),
    ],
)
def test_an_alarm_watches_the_dimensions_that_are_written(
    prod: Reading,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    count: str,
    service: str,
    more: dict[str, str],
) -> None:
    monkeypatch.setenv(
        "POWERTOOLS_SERVICE_NAME", prod.functions[service]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    )

    CloudWatchMetrics("prod").count(count, 1, **more)

    written = json.loads(capsys.readouterr().out)
    alarm = next(found for found in alarms(prod) if found.get("MetricName") == count)
    assert alarm["Namespace"] == written["_aws"]["CloudWatchMetrics"][0]["Namespace"]
    names = written["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]
    watched = alarm["Dimensions"]
    assert isinstance(watched, list)
    assert {one["Name"]: one["Value"] for one in watched} == {name: written[name] for name in names}


def test_an_emulated_stage_has_no_alarm_that_the_emulator_cannot_deploy(local: Reading) -> None:
    assert not [alarm for alarm in alarms(local) if "Metrics" in alarm]


def test_every_alarm_says_which_part_of_the_runbook_it_leads_to(prod: Reading) -> None:
    text = (ROOT / "docs" / "runbook.md").read_text()
    headings = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    parts = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    said = [str(alarm["AlarmDescription"]) for alarm in alarms(prod)]

    assert said
    assert {words.partition("docs/runbook.md#")[2] for words in said} <= parts
