"""A slice of each proof: it holds, and with a known bug seeded it fails."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

SLICES: dict[str, dict[str, str]] = {
    "crash": {"SCALE": "0.1", "JOURNEYS": "happy,canceled_in_flight,queue"},
    "races": {
        "MEETINGS": "settle+settle+grant@queued,start+duplicate@queued,late+settle@queued,late+erase@queued,"
        "attempt+reconcile@over,cancel+erase@open,grant+expire@queued"
    },
    "idempotency": {"SCALE": "0.005"},
    "recovery": {"SCALE": "0.001"},
    "hot": {"SCALE": "0.04"},
    "throttling": {"SCALE": "0.1"},
    "time": {"SCALE": "0.01"},
    "ledger": {"SCALE": "0.001"},
    "museum": {},
    "webhooks": {"SCALE": "0.02"},
}
SECONDS_MAX = 240


def prove(name: str, **options: str) -> tuple[int, dict[str, Any]]:
    """Run a slice as `make prove` would; its exit status and its last line."""
    environ = {**os.environ, "PYTHONPATH": "functions", **SLICES[name], **options}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.prove", name],
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert ran.stdout, ran.stderr[-3000:]
    return ran.returncode, json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", list(SLICES))
def test_a_slice_of_the_proof_holds(name: str) -> None:
    _, figures = prove(name)  # a slice need not meet every rare state; the whole proof must

    assert figures["violations"] == 0
    assert figures["runs"] > 0


@pytest.mark.parametrize("name", list(SLICES))
def test_with_a_known_bug_the_proof_fails(name: str) -> None:
    status, figures = prove(name, SABOTAGE="1")

    assert status == 1
    if name == "museum":  # its bugs are what it finds: SABOTAGE seeds none, and it must not claim one
        assert 0 in figures["reached"].values()
    else:
        assert figures["violations"] > 0
