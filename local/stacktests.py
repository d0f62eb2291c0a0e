"""The stack tests against a stage that is made for them, on free ports, and taken down whatever happens."""

import json
import os
import shlex
import subprocess
import sys

from local import servers
from local.places import ROOT, Places
from local.steps import step
from local.up import up

PYTEST_SECONDS = 900.0
ENFORCING = "EASEL_IAM"  # EASEL_IAM=1: the emulator checks every right once the stage is deployed
TRUSTED = "EASEL_CERTIFICATE"  # where the certificate is that the emulator shows then


def run_here(places: Places) -> int:
    """Deploy the stage anew, run `tests/stack` against it, take it down; pytest's own exit code."""
    places = Places("test") if places.stage == "local" else places
    take_down(places)
    try:
        stack = up(places, keeps=False, enforcing=os.environ.get(ENFORCING) == "1")
        file = places.file("stack.json")
        file.write_text(json.dumps({"stage": places.stage, "url": stack.url, "ports": stack.ports}))
        command = [sys.executable, "-m", "pytest", "tests/stack", *shlex.split(os.environ.get("PYTEST_ARGS", ""))]
        env = {**os.environ, "EASEL_LOCAL_STACK": str(file)}
        if stack.certificate:
            env[TRUSTED] = str(stack.certificate)
        return subprocess.run(command, cwd=ROOT, env=env, check=False, timeout=PYTEST_SECONDS).returncode
    finally:
        with step(f"take stage {places.stage} down"):
            take_down(places)


def take_down(places: Places) -> None:
    """Stop everything of the stage, and forget its data."""
    for name in servers.NAMES:
        servers.child(places, name).stop()
    servers.forget(places)
    places.file("ports.json").unlink(missing_ok=True)
