"""`easel` against the deployed stack: the doctor says READY, and what is broken on purpose is what it finds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ops.deployed import deployed_stage
from tests.stack.stack import Stack
from tests.support.operator import Ran, easel

pytestmark = pytest.mark.stand_ins
HARMLESS = ("tools", "git")  # of the machine that the tests run on, not of the stack


def doctor(stack: Stack, *words: str) -> Ran:
    return easel(deployed_stage, "doctor", "--json", "--stage", stack.stage, *words)


def failing(ran: Ran) -> list[str]:
    return [check["id"] for check in ran.answer["checks"] if check["verdict"] == "fail"]


@contextmanager
def another_secret(stack: Stack, change: Any) -> Iterator[None]:
    """The providers' secret, changed for a while."""
    client, name = stack.aws("secretsmanager"), stack.deployed.setting("attempt", "PROVIDERS_SECRET")
    before = client.get_secret_value(SecretId=name)["SecretString"]
    client.put_secret_value(SecretId=name, SecretString=json.dumps(change(json.loads(before))))
    try:
        yield
    finally:
        client.put_secret_value(SecretId=name, SecretString=before)


def test_the_doctor_finds_the_stack_ready_and_each_fault_alone_and_the_remedy_restores_it(stack: Stack) -> None:
    skipped = [word for check in HARMLESS for word in ("--skip", check)]
    well = doctor(stack, *skipped)
    assert (well.code, well.answer["ready"], failing(well)) == (0, True, []), well.out

    with another_secret(stack, lambda keys: {name: keys[name] for name in keys if name != "openai"}):
        missing = doctor(stack, *skipped)
    with another_secret(stack, lambda keys: {**keys, "openai": "two words"}):
        malformed = doctor(stack, "--only", "provider-keys")

    assert (missing.code, failing(missing)) == (1, ["provider-keys"])
    assert (malformed.code, failing(malformed)) == (1, ["provider-keys"])
    assert doctor(stack, "--only", "provider-keys").code == 0


def test_an_operators_hour_by_commands_alone(stack: Stack) -> None:
    def run(line: str) -> Any:
        ran = easel(deployed_stage, *line.split(), "--stage", stack.stage, "--json", "--yes")
        assert ran.code == 0, ran.err
        return ran.answer

    ann = stack.someone(credits=30)
    job = ann.wait(ann.start())

    shown = run(f"job {job['jobId']}")
    assert (shown["owner"], shown["credits"]["charged"]) == (ann.owner, 6)
    assert [entry["kind"] for entry in shown["entries"]] == ["hold", "settle"]
    assert job["jobId"] in [each["jobId"] for each in run(f"jobs --owner {ann.owner}")]
    assert run(f"owner {ann.owner}")["available"] == 24
    assert run(f"credits refund {ann.owner} --job {job['jobId']} --key r-{job['jobId']}")["available"] == 30
    assert run(f"logs --job {job['jobId']} --function settle")
    assert run(f"ledger verify --owner {ann.owner}")["wrong"] == []
    assert ("credits refund", ann.owner) in [(act["act"], act["what"]) for act in run("audit")]
    assert run("status")["spentMicros"] > 0
