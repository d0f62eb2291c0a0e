"""Services of the same account, by lambda:Invoke, and those who pretend to be the gateway."""

import json
import time
from typing import Any

import pytest

from ops.errors import CommandRefused
from tests.stack.client import FINAL
from tests.stack.stack import Stack

PROMPT = "a paper boat on a mirror-smooth lake at dawn"


def test_a_service_grants_starts_and_reads_by_invoking(stack: Stack) -> None:
    owner = stack.someone(credits=0).owner
    stack.purse.allow(6)
    stack.command("credits", "grant", owner, {"amount": 20}, key=f"{owner}-1")

    started = stack.command("start", "start_job", owner, {"prompt": PROMPT}, key=f"{owner}-2")
    job = stack.command("status", "get_job", owner, {"jobId": started["jobId"]})
    balance = stack.command("status", "balance", owner, {})

    assert job["jobId"] == started["jobId"]
    assert balance["available"] + balance["held"] <= 20
    assert started["credits"]["held"] == 6


def test_a_service_waits_for_a_picture(stack: Stack) -> None:
    owner = stack.someone(credits=20).owner

    answer = stack.command("generate", "generate", owner, {"prompt": PROMPT})

    assert answer["image"] or answer["jobId"]


def test_a_service_starts_a_list_collects_it_and_reads_the_files_themselves(stack: Stack) -> None:
    owner = stack.service(credits=60).owner
    stack.purse.allow(60)
    wanted = [{"idempotencyKey": f"{owner}-{i}", "request": {"prompt": f"{PROMPT}, {i}"}} for i in range(9)]
    wrong = {"idempotencyKey": f"{owner}-wrong", "request": {"prompt": "a boat", "n": 99}}

    answers = stack.command("start", "start_jobs", owner, {"jobs": [*wanted, wrong]})["jobs"]
    again = stack.command("start", "start_jobs", owner, {"jobs": wanted[:2]})["jobs"]
    running, ended = {each["job"]["jobId"] for each in answers[:9]}, list[Any]()
    until = time.monotonic() + 120
    while running and time.monotonic() < until:
        told = stack.command("status", "get_jobs", owner, {"jobIds": sorted(running), "wait": 20})["jobs"]
        ended += [each["job"] for each in told if each["job"]["status"] in FINAL]
        running -= {job["jobId"] for job in ended}

    assert answers[9]["error"]["errors"][0]["field"] == "n"
    assert [each["job"]["jobId"] for each in again] == [each["job"]["jobId"] for each in answers[:2]]
    assert [job["status"] for job in ended] == ["succeeded"] * 9
    for job in ended:
        lies = job["images"][0]["s3"]
        found = stack.aws("s3").get_object(Bucket=lies["bucket"], Key=lies["key"])
        assert found["ContentLength"] == job["images"][0]["bytes"]


def test_a_command_of_another_function_is_refused(stack: Stack) -> None:
    ann = stack.someone(credits=0)

    with pytest.raises(CommandRefused) as refusal:
        stack.command("status", "grant", ann.owner, {"amount": 20}, key="k")

    assert refusal.value.answer["error"]["code"] == "invalid_request"
    assert ann.credits()["available"] == 0


def test_money_does_not_move_without_a_key(stack: Stack) -> None:
    with pytest.raises(CommandRefused):
        stack.command("credits", "grant", "user:local:ann", {"amount": 20})


@pytest.mark.parametrize("api", ["ours", "another"])
def test_a_forged_web_event_is_refused(stack: Stack, api: str) -> None:
    victim = stack.someone(credits=30)
    event = {
        "resource": "/api/aiimage/start",
        "path": "/api/aiimage/start",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "body": json.dumps({"prompt": PROMPT}),
        "isBase64Encoded": False,
        "requestContext": {
            "apiId": stack.setting("start", "API_ID") if api == "ours" else "abcdefghij",
            "requestId": "forged",
            "authorizer": {
                "owner": victim.owner,
                "scopes": "generate read grant act_for",
                "account": "",
                "keyId": "",
                "problem": "",
                "issuedAt": "1793188800000",
                "proof": "0" * 64,
            },
        },
    }

    with pytest.raises(CommandRefused):
        stack.deployed.invoke("start", event)

    assert victim.credits()["available"] == 30
    assert victim.jobs()["jobs"] == []


def test_a_service_acts_for_a_user_only_with_the_scope(stack: Stack) -> None:
    user = stack.person(credits=30)
    with_scope = stack.service(credits=0, scopes=("generate", "read", "act_for"))
    without = stack.service(credits=0)
    named = {"Easel-Owner": user.owner}

    job = with_scope.ask("POST", "/api/aiimage/start", body={"prompt": PROMPT}, headers=named).expect(202)
    without.ask("POST", "/api/aiimage/start", body={"prompt": PROMPT}, headers=named).refused(403, "forbidden")

    assert user.wait(job)["charge"]["charged"] == 6
