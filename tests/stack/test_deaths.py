"""Workers and doors that are killed: the job ends by itself, settled once, and nobody pays for it twice."""

import contextlib
import threading
import time
from typing import Any

import httpx2
import pytest

from tests.stack.client import FINAL, Client
from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins

SCHEDULED = 90.0  # the reconciler looks once a minute, and nobody helps it


def settled_once(who: Client, job: dict[str, Any]) -> bool:
    settles = [entry for entry in who.entries() if entry["kind"] == "settle" and entry.get("jobId") == job["jobId"]]
    return len(settles) == 1 and who.credits()["held"] == 0


def unwatched(stack: Stack, owner: str, *, seconds: float = SCHEDULED) -> None:
    """Let an owner's only job end by itself: looked at in its table, with no client at any door."""
    table, database = stack.setting("start", "JOBS_TABLE"), stack.aws("dynamodb")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        rows = database.scan(TableName=table)["Items"]
        if next(row["status"]["S"] for row in rows if row.get("owner") == {"S": owner}) in FINAL:
            return
        time.sleep(1)


def test_a_worker_killed_in_the_middle_of_a_call_costs_nobody_anything(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("slow", seconds=6)
    started = ann.start(fallback=False, provider="openai")
    while not stack.first.calls():
        time.sleep(0.1)
    assert stack.faults.kill(stack.function_name("attempt"))

    unwatched(stack, ann.owner)

    job = ann.status(started)
    assert job["status"] == "succeeded"
    assert [a["outcome"] for a in job["attempts"]] == ["abandoned", "delivered"]
    assert len(stack.first.calls()) == 2
    assert ann.credits()["available"] == 24
    assert settled_once(ann, job)


def test_workers_killed_again_and_again_never_call_a_provider_three_times(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.first.play("slow", times=None, seconds=6)
    stack.second.play("slow", times=None, seconds=6)
    started = ann.start()
    until = time.monotonic() + 40
    while ann.status(started)["status"] in {"queued", "running"} and time.monotonic() < until:
        if len(stack.first.calls()) + len(stack.second.calls()) > 0:
            stack.faults.kill(stack.function_name("attempt"))
        time.sleep(0.5)

    job = ann.wait(started, seconds=SCHEDULED)

    assert job["status"] == "failed"
    assert len(stack.first.calls()) <= 2
    assert len(stack.second.calls()) <= 2
    assert ann.credits()["available"] == 30
    assert settled_once(ann, job)


def test_a_worker_whose_reply_is_lost_after_its_evidence_is_not_repeated(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.faults.arm("s3", operation="PUT", contains="evidence.json", when="after", action="kill")

    started = ann.start()
    unwatched(stack, ann.owner)

    job = ann.status(started)
    assert job["status"] == "succeeded"
    assert len(stack.first.calls()) == 1
    assert ann.credits()["available"] == 24
    assert settled_once(ann, job)


def test_a_door_killed_between_hold_and_start_gives_back_what_nobody_waits_for(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.faults.arm("states", operation="StartExecution", when="before", action="kill")
    killed(ann)
    assert ann.credits()["held"] == 6
    unwatched(stack, ann.owner)

    [job] = ann.jobs()["jobs"]
    assert (job["status"], job["charge"]["returned"]) == ("failed", 6)
    assert ann.credits()["available"] == 30
    assert not stack.first.calls()
    assert settled_once(ann, job)


def test_a_door_killed_after_holding_for_a_keyed_start_has_its_job_made(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.faults.arm("states", operation="StartExecution", when="before", action="kill")
    killed(ann, key="order-7")
    unwatched(stack, ann.owner)

    [job] = ann.jobs()["jobs"]
    assert job["status"] == "succeeded"
    assert ann.credits()["available"] == 24
    again = ann.starting(key="order-7").expect(202)
    assert again["jobId"] == job["jobId"]
    assert settled_once(ann, job)


def test_a_reply_lost_by_the_database_is_not_a_second_hold(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    stack.faults.arm("dynamodb", operation="TransactWriteItems", contains="#", when="after", action="drop")

    job = ann.wait(ann.start())

    assert job["status"] == "succeeded"
    assert ann.credits()["available"] == 24
    assert [entry["kind"] for entry in ann.entries()] == ["settle", "hold", "grant"]


def test_two_settles_at_once_move_credits_once(stack: Stack) -> None:
    ann = stack.someone(credits=30)
    job = ann.wait(ann.start())

    together = [
        threading.Thread(target=stack.deployed.invoke, args=("settle", {"jobId": job["jobId"]})) for _ in range(6)
    ]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()

    assert ann.credits()["available"] == 24
    assert settled_once(ann, job)


def killed(who: Client, key: str | None = None) -> None:
    """A start whose door does not live to answer."""
    with contextlib.suppress(httpx2.HTTPError):
        answer = who.starting(key=key)
        assert answer.status >= 500
