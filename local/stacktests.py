"""The stack tests against a stage that is made for them, on free ports, and taken down whatever happens."""

import json
import os
import shlex
import subprocess
import sys

import httpx2

from local import servers
from local.aws import Emulated
from local.places import OUT, ROOT, Places
from local.steps import step
from local.up import up

PYTEST_SECONDS = 900.0
ENFORCING = "EASEL_IAM"  # EASEL_IAM=1: the emulator checks every right once the stage is deployed
TRUSTED = "EASEL_CERTIFICATE"  # where the certificate is that the emulator shows then

VERIFIED = ("dev",)  # as it is shipped; prod differs in that it welcomes nobody and has the larger cap
SLOW = {"do": "slow", "times": None, "when": "moonlit city", "seconds": 27}
LIMIT_DOLLARS = 100.0  # of stand-ins' money: no test is left out


def run_here(places: Places) -> int:
    """Deploy the stage anew, run `tests/stack` against it, take it down; pytest's own exit code."""
    places = Places("test") if places.stage == "local" else places
    take_down(places)
    try:
        enforcing = os.environ.get(ENFORCING) == "1"
        stack = up(places, keeps=False, enforcing=enforcing)
        file = places.file("stack.json")
        file.write_text(json.dumps({"stage": places.stage, "url": stack.url, "ports": stack.ports}))
        command = [sys.executable, "-m", "pytest", "tests/stack", *shlex.split(os.environ.get("PYTEST_ARGS", ""))]
        env = {**os.environ, "EASEL_LOCAL_STACK": str(file)}
        if stack.certificate:
            env[TRUSTED] = str(stack.certificate)
        code = subprocess.run(command, cwd=ROOT, env=env, check=False, timeout=PYTEST_SECONDS).returncode
        if code or enforcing or "PYTEST_ARGS" in os.environ:
            return code
        return next(filter(None, (verify_here(places, name) for name in VERIFIED)), 0)
    finally:
        with step(f"take stage {places.stage} down"):
            take_down(places)


def verify_here(places: Places, name: str) -> int:
    """Run what `make verify` runs, against this machine with the settings of a deployed stage; its own exit code.

    The account runs no more at once than that stage counts on, and one picture takes longer than a door waits.
    """
    take_down(places)
    stack = up(places, keeps=False, settings_of=name)
    first = f"http://127.0.0.1:{stack.ports['first']}"
    httpx2.post(f"{first}/_script", json=[SLOW], timeout=10, trust_env=False).raise_for_status()
    report = OUT / f"verify-{name}-here.json"
    command = [sys.executable, "-m", "ops.verify", "--url", stack.url, "--stage", places.stage]
    command += ["--limit", str(LIMIT_DOLLARS), "--report", str(report)]
    env = Emulated(stack.ports["emulator"]).environment()
    return subprocess.run(command, cwd=ROOT, env=env, check=False, timeout=PYTEST_SECONDS).returncode


def take_down(places: Places) -> None:
    """Stop everything of the stage, and forget its data."""
    for name in servers.NAMES:
        servers.child(places, name).stop()
    servers.forget(places)
    places.file("ports.json").unlink(missing_ok=True)
