"""The local stack from the command line: `python -m local up|down|demo|…`, which the Makefile's targets call."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time

from botocore.exceptions import BotoCoreError, ClientError

from local import demo, logs, servers, stacktests
from local.aws import STRAYS, Emulated
from local.places import Places, shown
from local.ports import remembered
from local.steps import Trouble, step
from local.up import PREFERRED, up
from ops.errors import CommandRefused, NotDeployed

EXPECTED = (BotoCoreError, ClientError, CommandRefused, NotDeployed, OSError, subprocess.SubprocessError)
NEXT = "`make logs` shows what the functions said; `make down` stops everything; then run the same command again"

LEFT = {"test": "the stage that was made for the tests is taken down, and a stack of yours still runs"}


def main() -> int:
    """Do one command; a failure says which step, why, and what to do."""
    options = argparse.ArgumentParser(prog="local", description=__doc__)
    options.add_argument("command", choices=sorted(COMMANDS))
    options.add_argument("--stage", default="local")
    chosen, started = options.parse_args(), time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that `make test` cleans up however it is stopped
    try:
        code = COMMANDS[chosen.command](Places(chosen.stage))
    except Trouble as trouble:
        print(trouble.told(), file=sys.stderr)
        return 1
    except EXPECTED as failure:
        print(f"\nFAILED\n  why:  {type(failure).__name__}: {failure}\n  next: {NEXT}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\ninterrupted; {LEFT.get(chosen.command, '`make down` stops what was started')}", file=sys.stderr)
        return 130
    if chosen.command in ("up", "demo"):
        print(f"({time.monotonic() - started:.0f} s, not counting what `make setup` installed before)")
    return code


def _up(places: Places) -> int:
    print(demo.card(up(places)))
    return 0


def _demo(places: Places) -> int:
    stack = up(places)
    demo.show(stack)
    print(demo.card(stack))
    return 0


def _down(places: Places) -> int:
    with step(f"stop stage {places.stage} (its data stays in {shown(places.home)})"):
        for name in servers.NAMES:
            servers.child(places, name).stop()
    return 0


def _reset(places: Places) -> int:
    _down(places)
    with step(f"forget what {shown(places.home)} held"):
        shutil.rmtree(places.home, ignore_errors=True)
    return 0


def _status(places: Places) -> int:
    children = [servers.child(places, name) for name in reversed(servers.NAMES)]
    ports = remembered(places.file("ports.json"))
    for child in children:
        state = f"process {child.pid}, http://127.0.0.1:{ports[child.name]}" if child.pid else "not running"
        print(f"{child.name:<10} {state:<45} {shown(child.log)}")
    return 0


def _logs(places: Places) -> int:
    logs.show(_running(places))
    return 0


def _env(places: Places) -> int:
    """For `eval "$(make -s env)"`: AWS in this shell is the emulator.

    While that does not run, the shell is pointed at it nevertheless, so that whatever comes next fails: it must not
    reach the account that this machine is signed in to.
    """
    print(f"unset {' '.join([*STRAYS, *(name for name in os.environ if name.startswith('AWS_ENDPOINT_URL_'))])}")
    port = remembered(places.file("ports.json")).get("emulator", PREFERRED["emulator"])
    for name, value in Emulated(port).environment({}).items():
        print(f"export {name}={value}")
    if servers.child(places, "emulator").pid is None:
        print("false")  # what `eval` answers
        raise Trouble(f"stage {places.stage} does not run; AWS in this shell now leads nowhere", remedy="`make up`")
    return 0


def _running(places: Places) -> Emulated:
    if servers.child(places, "emulator").pid is None:
        raise Trouble(f"stage {places.stage} does not run", remedy="`make up`")
    return Emulated(remembered(places.file("ports.json"))["emulator"])


COMMANDS = {
    "up": _up,
    "demo": _demo,
    "down": _down,
    "reset": _reset,
    "status": _status,
    "logs": _logs,
    "env": _env,
    "test": stacktests.run_here,
}

if __name__ == "__main__":
    sys.exit(main())
