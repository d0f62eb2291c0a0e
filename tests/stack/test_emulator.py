"""What the other tests here rely on: that the emulator fails the way AWS does when it is told to."""

import json
import os
import time
import uuid

import pytest

from local.stacktests import ENFORCING
from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins


def test_a_killed_worker_is_an_exit_error_and_its_call_was_applied(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    evidence = stack.faults.arm("s3", operation="PUT", contains="evidence.json", when="after", action="kill")

    done = ann.wait(ann.start())

    (met,) = stack.faults.fired(evidence)
    assert met["worker"]["function"] == stack.function_name("attempt")
    assert done["status"] == "succeeded"
    assert len(stack.first.calls()) == 1


def test_a_held_call_goes_on_when_it_is_released(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    held = stack.faults.arm("states", operation="StartExecution", when="before", action="hold", seconds=3)

    started = time.monotonic()
    job = ann.start()

    assert len(stack.faults.fired(held)) == 1
    assert time.monotonic() - started > 2.5
    ann.wait(job)


def test_a_running_execution_is_answered_to_a_second_start(stack: Stack) -> None:
    states, machine = stack.aws("stepfunctions"), stack.setting("start", "STATE_MACHINE_ARN")
    start = {
        "stateMachineArn": machine,
        "name": f"test-{uuid.uuid4()}",
        "input": '{"jobId": "01m7vzt1pfxbywsyjm9mqt0f8y"}',
    }

    first = states.start_execution(**start)
    second = states.start_execution(**start)

    assert first["executionArn"] == second["executionArn"]


@pytest.mark.skipif(os.environ.get(ENFORCING) != "1", reason=f"rights are checked where {ENFORCING}=1 is set")
def test_a_function_whose_role_grants_nothing_can_do_nothing(stack: Stack) -> None:
    ann, iam = stack.someone(credits=30), stack.aws("iam")
    told = stack.aws("lambda").get_function_configuration(FunctionName=stack.function_name("status"))
    role = {"RoleName": told["Role"].rpartition("/")[2]}
    policies = {
        name: iam.get_role_policy(**role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(**role)["PolicyNames"]
    }
    assert ann.get("/api/credits").status == 200

    for name in policies:
        iam.delete_role_policy(**role, PolicyName=name)
    try:
        assert ann.get("/api/credits").status >= 500
    finally:
        for name, document in policies.items():
            iam.put_role_policy(**role, PolicyName=name, PolicyDocument=json.dumps(document))
    assert ann.get("/api/credits").status == 200
