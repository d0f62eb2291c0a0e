"""The emulator itself, killed without a word: what was in it is there again."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import servers, tools
from local.aws import Emulated
from local.places import Places
from local.ports import choose

# Who starts the emulator does not wait for its end: that it outlives its starter is what it is for.
pytestmark = [pytest.mark.stand_ins, pytest.mark.filterwarnings("ignore:subprocess:ResourceWarning")]
TABLE, BUCKET = "kept", "kept-pictures"
SAVED_SECONDS = 60.0


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    """A stage of its own with an emulator alone."""
    made = Places("killed", under=tmp_path)
    yield made
    servers.child(made, "emulator").stop()


def started(places: Places) -> Emulated:
    port = choose(places.file("ports.json"), {"emulator": 0}, running=())["emulator"]
    servers.start_emulator(places, port=port, python=tools.emulator_python(), node=tools.node().binary, keeps=True)
    return Emulated(port)


def killed_once_it_saved(places: Places) -> None:
    saved, until = places.folder("state") / "dynamodb.json", time.monotonic() + SAVED_SECONDS
    while not (saved.exists() and "a job" in saved.read_text()):
        assert time.monotonic() < until, "the emulator saves nothing while it runs"
        time.sleep(0.2)
    pid = servers.child(places, "emulator").pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while servers.child(places, "emulator").pid is not None:
        time.sleep(0.05)


def test_an_emulator_that_was_killed_comes_back_with_rows_and_pictures(places: Places) -> None:
    emulated = started(places)
    key = {"pk": {"S": "a job"}}
    emulated.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    emulated.client("dynamodb").put_item(TableName=TABLE, Item=key)
    emulated.client("s3").create_bucket(Bucket=BUCKET)
    emulated.client("s3").put_object(Bucket=BUCKET, Key="0.png", Body=b"a picture")

    killed_once_it_saved(places)
    again = started(places)

    assert again.client("dynamodb").get_item(TableName=TABLE, Key=key)["Item"] == key
    assert again.client("s3").get_object(Bucket=BUCKET, Key="0.png")["Body"].read() == b"a picture"
    assert not servers.lost_its_state(places)
