"""What a caller says is in no log and no execution's history."""

import base64
import io
import json
import secrets
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from tests.stack.stack import Stack


def a_reference(word: str) -> dict[str, str]:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", word)
    out = io.BytesIO()
    Image.new("RGB", (32, 32)).save(out, "PNG", pnginfo=words)
    return {"data": f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"}


def logs(stack: Stack) -> str:
    """Everything every function said."""
    client, said = stack.aws("logs"), []
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            for events in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                said += [event["message"] for event in events["events"]]
    return "\n".join(said)


def histories(stack: Stack, job_ids: list[str]) -> str:
    """What the workflow keeps of these jobs."""
    client = stack.aws("stepfunctions")
    machine = stack.setting("start", "STATE_MACHINE_ARN").replace(":stateMachine:", ":execution:")
    found: list[Any] = []
    for job_id in job_ids:
        arn = f"{machine}:{job_id}"
        found.append(client.describe_execution(executionArn=arn))
        found += client.get_execution_history(executionArn=arn)["events"]
    return json.dumps(found, default=str)


@pytest.mark.stand_ins
def test_no_canary_is_in_a_log_or_a_history_whatever_breaks(stack: Stack) -> None:
    canary = f"canary-{secrets.token_hex(8)}"
    ann, job_ids = stack.someone(60), []
    for at, fault in enumerate(("success", "error", "refuse", "corrupt", "garbage", "bad_key")):
        stack.first.play(fault)
        reference = [a_reference(canary)] if at % 2 else []
        metadata = {canary: canary}
        job = ann.start(prompt=f"a lamp {canary}", metadata=metadata, references=reference, key=f"{canary}-{at}")
        ann.wait(job)
        job_ids.append(job["jobId"])
    fetching = ann.start(prompt=canary, references=[{"url": f"https://127.0.0.1/{canary}.png"}])
    ann.wait(fetching)
    ann.starting(prompt=canary, aspectRatio=canary).expect(400)
    ann.get(f"/api/aiimage/status/{job_ids[0]}", jobToken=canary)

    assert histories(stack, [*job_ids, fetching["jobId"]]).count(canary) == 0
    said = logs(stack)
    assert '"answered"' in said or "answered" in said  # it is the right place to look
    assert said.count(canary) == 0
