"""A release goes out while jobs run: what the old version began, the new one finishes, and nobody notices."""

import os
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.places import ROOT, Places
from local.stacktests import ENFORCING
from local.up import deploy_checkout
from tests.stack.client import Client
from tests.stack.stack import Stack

pytestmark = pytest.mark.stand_ins

# Seconds between two starts, and of a picture: at any moment of the deployment a job or two is at work. With more, two
# cores cannot begin all workers, beside a deployment, within the time that a worker has.
PAUSE = 3.0
SLOW = 4
CREDITS = 30
COPIED = ("functions", "infra", "layers", "web")
BEGINS = "SCHEMA = 1\n"


def next_release(folder: Path) -> Path:
    """A checkout whose jobs have a newer schema, with a field that the version before has never heard of."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "cdk.json"):
        shutil.copy(ROOT / name, folder)
    for name in (".venv", ".easel"):  # what is installed stays what it is
        (folder / name).symlink_to(ROOT / name)
    jobs = folder / "functions" / "easel" / "jobs" / "model.py"
    source = jobs.read_text()
    changed = source.replace(BEGINS, "SCHEMA = 2\n").replace(
        "    row_schema: int = SCHEMA\n", '    row_schema: int = SCHEMA\n    season: str = "winter"\n'
    )
    assert changed.count("SCHEMA = 2\n") == changed.count("winter") == 1
    jobs.write_text(changed)
    return folder


def schema(stack: Stack, job: dict[str, Any]) -> int:
    """The newest version that has written a job's row."""
    key = {"pk": {"S": f"job#{job['jobId']}"}, "sk": {"S": "job"}}
    read = stack.aws("dynamodb").get_item(TableName=stack.setting("start", "JOBS_TABLE"), Key=key, ConsistentRead=True)
    return int(read["Item"]["row_schema"]["N"])


@dataclass(frozen=True)
class Bought:
    """A job of somebody new, and which version wrote its row first."""

    who: Client
    job: dict[str, Any]
    begun_by: int


class Shop(threading.Thread):
    """Lets one person after another start a job, until it closes."""

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self.stack, self.closed = stack, threading.Event()
        self.bought: list[Bought] = []

    def run(self) -> None:
        while not self.closed.wait(PAUSE):
            who = self.stack.someone(credits=CREDITS)
            job = who.start(prompt=f"lamp number {len(self.bought)}.")
            self.bought.append(Bought(who, job, schema(self.stack, job)))


@pytest.mark.skipif(
    os.environ.get(ENFORCING) == "1",
    reason="checking rights, the emulator refuses CDK's own publishing role its bucket",
)
def test_jobs_outlive_a_release(stack: Stack, tmp_path: Path) -> None:
    stack.first.play("slow", times=None, seconds=SLOW)
    release = next_release(tmp_path)
    shop = Shop(stack)
    shop.start()
    try:
        deploy_checkout(Places(stack.stage), release)
        time.sleep(4 * PAUSE)
    finally:
        shop.closed.set()
        shop.join()

    for number, bought in enumerate(shop.bought):
        job = bought.who.wait(bought.job)
        assert job["status"] == "succeeded", job
        assert [attempt["outcome"] for attempt in job["attempts"]] == ["delivered"], job
        assert len(stack.first.calls(f"number {number}.")) == 1
        credits = bought.who.credits()
        assert (credits["available"], credits["held"]) == (CREDITS - job["charge"]["charged"], 0)
    met = {(bought.begun_by, schema(stack, bought.job)) for bought in shop.bought}
    assert {(1, 2), (2, 2)} <= met  # begun before and finished after; and the release's own
