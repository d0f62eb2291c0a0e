"""What an operator finds of a job with nothing but its id: in the table, and in every function's log."""

from typing import Any

import pytest

from ops.jobs import by_id
from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins


def lines(stack: Stack, words: str) -> dict[str, list[str]]:
    """What each log group says with these words in it."""
    logs = stack.aws("logs")
    groups = [group["logGroupName"] for page in _pages(logs) for group in page["logGroups"]]
    found = {
        name: [event["message"] for event in logs.filter_log_events(logGroupName=name)["events"]] for name in groups
    }
    return {name: [line for line in said if words in line] for name, said in found.items()}


def _pages(logs: Any) -> Any:
    return logs.get_paginator("describe_log_groups").paginate()


def test_a_jobs_id_is_in_the_log_of_every_function_that_had_to_do_with_it(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    answer = ann.starting()
    job = ann.wait(answer.expect(202))

    said = {name for name, found in lines(stack, job["jobId"]).items() if found}

    for function in ("Start", "Attempt", "Settle", "Status"):
        assert any(f"Functions{function}Logs" in name for name in said), (function, said)
    [request] = [each for found in lines(stack, answer.headers["x-request-id"]).values() for each in found]
    assert job["jobId"] in request


def test_a_job_is_shown_by_its_id(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    job = ann.wait(ann.start())

    shown = by_id.show(stack.deployed, job["jobId"])

    assert (shown["owner"], shown["status"], shown["credits"]["charged"]) == (ann.owner, "succeeded", 6)
    assert stack.aws("stepfunctions").describe_execution(executionArn=shown["execution"])["status"] == "SUCCEEDED"
