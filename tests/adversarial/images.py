"""`make prove WHAT=images`: whatever bytes come, cleaning them ends soon, in little memory, with pixels or a reason.

Each file is cleaned in a child process of its own with limits. What is accepted is looked through piece by piece:
nothing of it may be anything but the picture. `CORPUS_DIR=` takes any folder of files.
"""

import json
import os
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from easel.images import sanitize
from tests.adversarial import hostile_images, usual_images
from tests.adversarial.cleaned_images import cleaned
from tests.adversarial.hostile_images import Specimen
from tests.support.report import Figures, sabotaged, scale

SECONDS_MAX = 3.0
BYTES_MAX = 512 * 1024 * 1024
FENCE_SECONDS = 20  # of processor time, after which the kernel ends a child
DAMAGED = 1_500
WHOLE = 0.5
STATES = (
    *("metadata", "trailing", "small", "largest", "bomb", "polyglot", "wrong_type", "animated", "truncated", "changed"),
    *("grown", "packed", "keyed", "overlay", "named", "photo"),
    *("accepted", "refused", "masks", "markups"),
)


class Nursery:
    """A process begun before anything is large: each file is cleaned in a child of it, and so starts small."""

    def __init__(self) -> None:
        asked, self._ask = os.pipe()
        self._hear, told = os.pipe()
        if os.fork() == 0:
            os.close(self._ask)
            warnings.simplefilter("ignore")
            with os.fdopen(asked) as names, os.fdopen(told, "w") as answers:
                for name in names:
                    answers.write(json.dumps(in_a_child(Path(name.rstrip("\n")))) + "\n")
                    answers.flush()
            os._exit(0)
        os.close(asked)
        os.close(told)
        self._answers = os.fdopen(self._hear)
        self._file = Path(tempfile.mkdtemp()) / "specimen"

    def clean(self, content: bytes) -> dict[str, Any]:
        """How cleaning these bytes went."""
        self._file.write_bytes(content)
        os.write(self._ask, f"{self._file}\n".encode())
        answer: dict[str, Any] = json.loads(self._answers.readline())
        return answer


def in_a_child(file: Path) -> dict[str, Any]:
    """Clean one file in a process that may not grow or go on; how it went."""
    read, write = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _limit()
        try:
            answer = cleaned(file.read_bytes())
        except BaseException as error:
            answer = {"said": "crashed", "reason": type(error).__name__}
        os.write(write, json.dumps(answer).encode()[:60_000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as said:
        text = said.read()
    _, status, used = os.wait4(child, 0)
    answer = json.loads(text) if text else {"said": "crashed", "reason": f"status {status}"}
    spent = answer.get("step") or used.ru_utime + used.ru_stime
    return {**answer, "seconds": spent, "waited": time.monotonic() - began, "bytes": used.ru_maxrss * 1024}


def _limit() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    most = pages * resource.getpagesize() + BYTES_MAX
    if pages:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (FENCE_SECONDS, FENCE_SECONDS))


class Proof:
    """One run of everything."""

    def __init__(self) -> None:
        self.nursery = Nursery()
        self.figures = Figures()
        self.longest: tuple[float, str] = (0, "")
        self.slowest: tuple[float, str] = (0, "")
        self.largest: tuple[int, str] = (0, "")
        self.crashes = self.leaks = self.unfit = 0

    def run(self, specimen: Specimen) -> None:
        """Clean one, and blame what went wrong."""
        found = self.nursery.clean(specimen.content)
        name = f"{specimen.kind}: {specimen.name}"
        self.figures.runs += 1
        overlays = [f"{name}s" for name in ("mask", "markup") if found.get(name) == "accepted"]
        for state in (specimen.kind, found["said"], *overlays):
            self.figures.reached[state] += 1
        self.slowest = max(self.slowest, (round(found["seconds"], 2), name))
        self.longest = max(self.longest, (round(found["waited"], 2), name))
        self.largest = max(self.largest, (found["bytes"], name))
        self.crashes += found["said"] == "crashed"
        self.leaks += len(found.get("foreign", ()))
        self.unfit += len(found.get("unfit", ()))
        self.figures.blame(_broken(specimen, found), name)

    def line(self) -> dict[str, Any]:
        """What the figures name."""
        return {
            "crashes": self.crashes,
            "metadata_left": self.leaks,
            "unfit": self.unfit,
            "slowest_processor_seconds": self.slowest,
            "longest_wait_seconds": self.longest,  # on a machine that others use too
            "largest_megabytes": [self.largest[0] // 2**20, self.largest[1]],
        }


def _broken(specimen: Specimen, found: dict[str, Any]) -> Iterator[str]:
    if found["said"] == "crashed":
        yield f"crashed: {found['reason']}"
    if found["said"] == "refused" and not found["reason"]:
        yield "refused without a reason"
    if found["seconds"] > SECONDS_MAX:
        yield f"took {found['seconds']:.1f} s"
    if found["bytes"] > BYTES_MAX:
        yield f"took {found['bytes'] // 2**20} MB"
    for part in found.get("foreign", ()):
        yield f"left {part}"
    for reason in found.get("unfit", ()):
        yield f"made {reason}"
    if (specimen.verdict, found["said"]) in {("good", "refused"), ("bad", "accepted")}:
        yield f"was {found['said']} ({found.get('reason', '')})"
    if found["said"] == "refused" and specimen.says not in found["reason"]:
        yield f"was refused without the remedy ({found['reason']})"
    if found["said"] == "accepted" and specimen.clear not in (None, found["clear"]):
        yield "has transparency" if found["clear"] else "lost its transparency"
    for name in ("mask", "markup"):
        if specimen.overlay and (found[name] == "accepted") != (specimen.overlay == "good"):
            yield f"was as a {name} {found[name]}"


def corpus(folder: Path) -> Iterator[Specimen]:
    """Anybody's files."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield Specimen("corpus", str(file.relative_to(folder)), file.read_bytes())


def careless(content: bytes, *_more: Any) -> Any:
    """The seeded bug: what can be decoded is passed on as it came."""
    made, facts, turn = SANITIZE(content)
    return content if len(content) < 100_000 else made, facts, turn


SANITIZE = sanitize.sanitize


def main() -> int:
    """Run it."""
    if sabotaged():
        sanitize.sanitize = careless
    proof, wanted = Proof(), list(STATES)
    whole = scale() >= WHOLE
    everything = chain(
        hostile_images.honest(),
        hostile_images.disguised(),
        hostile_images.animated(),
        usual_images.usual(),
        usual_images.usual_and_large() if whole else (),
        hostile_images.bombs() if whole else islice(hostile_images.bombs(), 6),
        hostile_images.large() if whole else (),
        hostile_images.damaged(max(20, round(DAMAGED * scale()))),
    )
    for specimen in everything:
        proof.run(specimen)
    if not whole:
        wanted.remove("largest")  # making them takes longer than cleaning them
    if folder := os.environ.get("CORPUS_DIR"):
        wanted.append("corpus")
        for specimen in corpus(Path(folder)):
            proof.run(specimen)
    proof.figures.more = proof.line()
    return proof.figures.close(wanted)


if __name__ == "__main__":
    sys.exit(main())
