"""`make walk`: the way of one request through the code, counted by a profiler, and what imports cost.

A call counts where a function is entered from another file (or package) of `functions/`; what libraries do between the
two is not seen. The prompt is followed by looking for it in the arguments of each function that is entered.
"""

import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[1]
FUNCTIONS = f"{ROOT / 'functions'}/"
PROMPT = "a very particular lamp of brass"
FIELDS_MAX, DEPTH = 60, 2  # how far into an argument the prompt is looked for
IMPORTS = 7  # times each import is measured

# What a function is made of, imported by hand: what its composition costs is what lies between the two.
NEEDS = {
    "tasks.settle": (
        "easel.aws.bucket",
        "easel.aws.clients",
        "easel.aws.dynamodb",
        "easel.aws.metrics",
        "easel.aws.redaction",
        "easel.credits.ledger",
        "easel.jobs.store",
        "easel.limits.budget",
        "easel.settings",
        "easel.settlement.settle",
    ),
    "api.credits": (
        "easel.aws.clients",
        "easel.aws.dynamodb",
        "easel.aws.metrics",
        "easel.credits.accounts",
        "easel.credits.requests",
        "easel.credits.views",
        "easel.http.commands",
        "easel.http.door",
        "easel.http.gateway",
        "easel.http.parameters",
        "easel.settings",
        "easel.settlement.refund",
    ),
}
TIMED = (
    "import sys, time, importlib\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(time.process_time())"
)


@dataclass
class Walk:
    """What one request entered, in order."""

    files: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    prompt: list[str] = field(default_factory=list)

    @property
    def packages(self) -> set[str]:
        """The packages that were entered."""
        return {_package(file) for file in self.files}

    @property
    def package_calls(self) -> int:
        """Calls that led from one package into another."""
        return sum(_package(caller) != _package(called) for caller, called in self.calls)

    @property
    def prompt_returns(self) -> int:
        """How often the prompt came back to a file that it had left."""
        return len(self.prompt) - len(set(self.prompt))

    def note(self, frame: FrameType, event: str, _arg: object) -> None:
        """A profiler's callback."""
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(FUNCTIONS):
            return
        file = name.removeprefix(FUNCTIONS)
        self.files.add(file)
        caller = _caller(frame)
        if caller and caller != file:
            self.calls.append((caller, file))
        named = not frame.f_code.co_name.startswith("<")
        if named and self.prompt[-1:] != [file] and any(_holds(value) for value in tuple(frame.f_locals.values())):
            self.prompt.append(file)


def _package(file: str) -> str:
    """`easel/jobs/store.py` is of `easel/jobs`; a module at the top of Easel, the ground's, is a package of its own."""
    return str(Path(file).parent) if file.count("/") > 1 else file


def _caller(frame: FrameType) -> str | None:
    """The nearest file of ours below a frame."""
    below = frame.f_back
    while below and not below.f_code.co_filename.startswith(FUNCTIONS):
        below = below.f_back
    return below.f_code.co_filename.removeprefix(FUNCTIONS) if below else None


def _holds(value: object, depth: int = DEPTH) -> bool:
    """Whether the prompt is in a value, or in what it is made of."""
    if isinstance(value, str):
        return PROMPT in value
    if isinstance(value, list | tuple):
        parts = tuple(value)
    elif isinstance(value, dict):
        parts = tuple(value.values())
    else:
        parts = tuple(vars(value).values()) if type(value).__module__.startswith("easel") and _bare(value) else ()
    return bool(depth) and len(parts) < FIELDS_MAX and any(_holds(part, depth - 1) for part in parts)


def _bare(value: object) -> bool:
    return hasattr(value, "__dict__")


@contextmanager
def _profiled() -> Iterator[Walk]:
    walk = Walk()
    threading.setprofile(walk.note)
    sys.setprofile(walk.note)
    try:
        yield walk
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def walks() -> dict[str, Walk]:
    """A start through the door, its attempt, its settling and a look at it, in a stage in memory."""
    from tests.support.moto_world import a_world

    found: dict[str, Walk] = {}
    with a_world() as world:
        for name, step in _steps(world):
            with _profiled() as found[name]:
                step()
    return found


def _steps(world: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    """The steps of one job, after another that has built what is built once."""
    from api import start, status

    from tests.support.doors import a_gate, send
    from tests.support.world_doors import open_doors

    open_doors(world, a_gate(world.clock))

    def started() -> str:
        answer = send(start, "POST", "/api/aiimage/start", body={"prompt": PROMPT}, now=world.clock.now())
        return str(answer.json["jobId"])

    def looked(job_id: str) -> None:
        send(status, "GET", f"/api/aiimage/status/{job_id}", now=world.clock.now())

    world.run(warm := started())
    looked(warm)
    job_id = ""

    def start_it() -> None:
        nonlocal job_id
        job_id = started()

    yield "start", start_it
    yield "attempt", lambda: world.attempt(job_id, crashes=0, dead=-1)
    yield "settle", lambda: world.settle(job_id)
    yield "status", lambda: looked(job_id)


def import_ratio(function: str) -> float:
    """CPU of importing a function over CPU of importing what it is made of: medians, the two in turn."""
    ways = ((function,), NEEDS[function])
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(IMPORTS):
        for way, taken in zip(ways, seconds, strict=True):
            taken.append(_import_seconds(way))
    return statistics.median(seconds[0]) / statistics.median(seconds[1])


def _import_seconds(modules: tuple[str, ...]) -> float:
    ran = subprocess.run(
        [sys.executable, "-c", TIMED, *modules],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": FUNCTIONS},
        timeout=60,
    )
    return float(ran.stdout)


def main() -> int:
    """Print the table."""
    nowhere = {"AWS_ACCESS_KEY_ID": "t", "AWS_SECRET_ACCESS_KEY": "t", "AWS_DEFAULT_REGION": "eu-central-1"}
    os.environ.update(nowhere)
    print("way       files  calls between files  packages  calls between packages")
    found = walks()
    for name, walk in found.items():
        row = f"{len(walk.files):5}  {len(walk.calls):19}  {len(walk.packages):8}  {walk.package_calls:22}"
        print(f"{name:8}  {row}")
    way = found["start"].prompt
    print(
        f"the prompt in a start: {len(set(way))} files, {len(way) - 1} moves, {found['start'].prompt_returns} returns"
    )
    for function in NEEDS:
        print(f"import CPU of {function} over what it is made of: {import_ratio(function):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
