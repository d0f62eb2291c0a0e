"""The state machine as deployed, and what replaces an execution that dies."""

import json
import re
from typing import Any

import pytest

from infra.definition import DEFINITION, fill, numbers
from infra.function_names import DOORS
from infra.stages import load
from tests.support.templates import Reading, text

MAY_BE_ALIVE = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",
    "Lambda.TooManyRequestsException",
    "States.Timeout",
}


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    filled = fill(DEFINITION.read_text(), numbers(load("prod")))
    found: dict[str, Any] = json.loads(filled)
    return found


def test_every_placeholder_is_filled(prod: Reading) -> None:
    machine = prod.only("AWS::StepFunctions::StateMachine")

    wanted = set(re.findall(r"\$\{(\w+)\}", text(machine["DefinitionString"])))

    assert wanted == set(machine["DefinitionSubstitutions"]) == {"Invoke", "Attempt", "Prepare", "Settle"}


def test_every_state_named_exists_and_is_reached(definition: dict[str, Any]) -> None:
    named = set(re.findall(r'"(?:Next|Default|StartAt)": "(\w+)"', json.dumps(definition)))

    assert named == set(definition["States"])


def test_an_attempt_is_repeated_only_where_it_was_never_begun(definition: dict[str, Any]) -> None:
    retries = definition["States"]["Attempt"]["Retry"]

    assert [retry["ErrorEquals"] for retry in retries] == [["Lambda.TooManyRequestsException"]]
    assert retries[0]["MaxAttempts"] == 60


def test_an_attempt_counts_as_dead_only_where_the_function_itself_failed(definition: dict[str, Any]) -> None:
    maybe, dead = definition["States"]["Attempt"]["Catch"]

    assert (set(maybe["ErrorEquals"]), maybe["Next"]) == (MAY_BE_ALIVE, "MaybeAlive")
    assert (dead["ErrorEquals"], dead["Next"]) == (["States.TaskFailed"], "Dead")
    assert definition["States"]["MaybeAlive"]["Parameters"]["dead"] == -1
    assert definition["States"]["Dead"]["Parameters"]["dead.$"] == "$.turn"


def test_every_task_has_a_time_limit_and_every_retry_a_bound(definition: dict[str, Any]) -> None:
    tasks = [state for state in definition["States"].values() if state["Type"] == "Task"]
    limits = {state["TimeoutSeconds"] for state in tasks}

    assert limits == {440, 130, 40}
    assert definition["TimeoutSeconds"] == 1_080
    assert all(retry["MaxAttempts"] <= 60 for state in tasks for retry in state["Retry"])


def test_only_ids_and_counts_enter_the_history(definition: dict[str, Any]) -> None:
    payloads = [state["Parameters"]["Payload"] for state in definition["States"].values() if state["Type"] == "Task"]

    assert {key for payload in payloads for key in payload} == {"jobId.$", "turn.$", "dead.$"}
    caught = [catch["ResultPath"] for state in definition["States"].values() for catch in state.get("Catch", [])]
    assert set(caught) == {None}


def test_tasks_outlive_their_functions(prod: Reading, definition: dict[str, Any]) -> None:
    for state, name in (("Attempt", "attempt"), ("Prepare", "prepare"), ("Settle", "settle")):
        assert definition["States"][state]["TimeoutSeconds"] > prod.functions[name]["Timeout"]


def test_an_execution_that_dies_has_its_job_settled_at_once(prod: Reading) -> None:
    rule = prod.only("AWS::Events::Rule", "Broken")

    assert rule["EventPattern"]["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    transformer = rule["Targets"][0]["InputTransformer"]
    assert transformer["InputPathsMap"] == {"detail-name": "$.detail.name"}
    assert transformer["InputTemplate"] == '{"jobId":<detail-name>}'


def test_the_reconciler_looks_every_minute(prod: Reading) -> None:
    rule = prod.only("AWS::Events::Rule", "EveryMinute")

    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")


def test_every_snapshot_is_woken_each_day(prod: Reading) -> None:
    rules = {name: found["Properties"] for name, found in prod.of("AWS::Events::Rule").items() if "Wake" in name}

    assert len(rules) == len(DOORS)
    assert {rule["ScheduleExpression"] for rule in rules.values()} == {"rate(1 day)"}


def test_an_event_that_no_function_takes_is_kept_encrypted_and_rings(prod: Reading) -> None:
    queue = prod.only("AWS::SQS::Queue")
    rules = [found["Properties"] for found in prod.of("AWS::Events::Rule").values()]
    policy = prod.only("AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    events_reach = [name for name, found in prod.functions.items() if "DeadLetterConfig" in found]

    assert all(target["DeadLetterConfig"] for rule in rules for target in rule["Targets"])
    assert sorted(events_reach) == ["deliver", "reconcile", "settle"]  # ids alone; others' may hold prompts
    assert queue["SqsManagedSseEnabled"] is True
    assert {"Bool": {"aws:SecureTransport": "false"}} in [each.get("Condition") for each in policy]
    assert prod.only("AWS::CloudWatch::Alarm", "Undelivered")["Threshold"] == 1
