"""`make prove WHAT=taint`: what a caller says stays between the caller and the pictures.

A canary goes into every field. The journey of a job is walked once for each AWS call it makes, and that call fails
with a text that repeats all it was given; providers, the moderation endpoint and the fetch fail alike. Then logs,
metrics, histories, rows and the answers to others are searched for canaries.
"""

import base64
import contextlib
import io
import json
import logging
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from api import start, status
from botocore.exceptions import ClientError
from PIL import PngImagePlugin

from easel.aws import redaction
from easel.identity.callers import USER_SCOPES, Caller
from easel.outbound.http import Unreachable
from tests.adversarial import hostile_images
from tests.support import picture_files
from tests.support.doors import a_gate, send
from tests.support.moto_world import a_world
from tests.support.report import Figures, sabotaged, scale
from tests.support.world import BOB, NOBODY, World
from tests.support.world_doors import open_doors

FIELDS = ("prompt", "metadata", "reference", "upload", "url", "key", "owner", "bearer", "cookie", "query", "address")
CANARIES = {field: f"canary-{field}-5d81e0" for field in FIELDS}
OWN = "owner"  # a job's rows say whose it is; nothing else may
EVE = Caller(owner=f"user:local:{CANARIES['owner']}", scopes=USER_SCOPES)
URL = f"https://shop.example/{CANARIES['url']}.png?signature={CANARIES['url']}"
SECRETS = {
    "Idempotency-Key": CANARIES["key"],
    "Authorization": f"Bearer {CANARIES['bearer']}",
    "Cookie": f"__Host-easel={CANARIES['cookie']}",
    "X-Forwarded-For": CANARIES["address"],
}
STATES = (
    "whole",
    "aws_fault",
    "provider_fault",
    "moderation_fault",
    "fetch_fault",
    "hand_failed",
    "answer_500",
    "erased",
)
CALLS_MAX = 400


def a_picture(word: str) -> bytes:
    """A PNG that says something."""
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", word)
    return picture_files.saved(hostile_images.drawn(), "PNG", pnginfo=words)


class Faults:
    """AWS calls are counted; one of them fails, repeating what it was given."""

    def __init__(self, world: World, at: int | None) -> None:
        self.calls, self.at, self.fired, self.armed = 0, at, False, True
        for client in (world.dynamodb, world.s3):
            client.meta.events.register("before-parameter-build", self._called)

    @contextlib.contextmanager
    def off(self) -> Iterator[None]:
        """While the proof itself looks."""
        self.armed = False
        try:
            yield
        finally:
            self.armed = True

    def _called(self, params: Any, model: Any, **_: Any) -> None:
        if not self.armed:
            return
        self.calls += 1
        if self.calls - 1 == self.at:
            self.fired = True
            told = {"Error": {"Code": "ValidationException", "Message": f"not valid: {params}"}}
            raise ClientError(told, model.name)  # type: ignore[arg-type]


class Walk:
    """One journey in a world of its own; everything that anybody could read of it is in `sinks`."""

    def __init__(self, world: World, figures: Figures, faults: Faults) -> None:
        self.world, self.figures, self.faults = world, figures, faults
        self.sinks: dict[str, list[str]] = {name: [] for name in ("log", "metric", "history", "row", "answer")}
        self.job_id = ""
        gate = a_gate(world.clock)
        open_doors(world, gate)

    def go(self) -> None:
        """The whole journey, as far as faults let it."""
        self._started()
        for _ in range(40):
            if not self.job_id or self._task():
                break
        self._seen_by_others()
        if self.job_id:
            self._ask(start, "DELETE", f"/api/aiimage/jobs/{self.job_id}", EVE)
            for _ in range(3):
                self.world.clock.forward(700)
                self._hand(lambda: {"moved": self.world.reconcile(until=self.world.clock.now() + 50_000)})
            self._seen_by_others()
            with self.faults.off():
                job = self.world.store.get(self.job_id)
            self.figures.reached["erased"] += bool(job and job.swept)
        with self.faults.off():
            self._rows()

    def _started(self) -> None:
        body: dict[str, Any] = {
            "prompt": f"a lamp {CANARIES['prompt']}",
            "metadata": {CANARIES["metadata"]: CANARIES["metadata"]},
            "references": [{"data": _data(a_picture(CANARIES["reference"]))}, {"url": URL}],
        }
        if upload := self._uploaded():
            body["references"] = [*body["references"], {"uploadId": upload}]
        answer = self._ask(start, "POST", "/api/aiimage/start", EVE, body=body)
        self.job_id = answer.json.get("jobId", "")

    def _uploaded(self) -> str:
        try:
            return self.world.upload(a_picture(CANARIES["upload"]), EVE)
        except ClientError:
            return ""

    def _ask(self, door: Any, method: str, path: str, caller: Caller, **options: Any) -> Any:
        now, headers = self.world.clock.now(), SECRETS if caller is EVE else {}
        query = {"jobToken": CANARIES["query"]} if caller is EVE else None
        answer = send(door, method, path, caller=caller, headers=headers, query=query, now=now, **options)
        self.figures.reached["answer_500"] += answer.status == 500
        return answer

    def _task(self) -> bool:
        """One task of the workflow; True where there is none after it."""
        world, job_id = self.world, self.job_id
        with self.faults.off():
            job = world.store.get(job_id)
        if job is None or job.final:
            return True
        if job.failure or not job.missing:
            self._hand(lambda: world.settle(job_id).body())
        elif job.references and not job.prepared:
            self._hand(lambda: world.prepare(job_id).body())
        else:
            answer = self._hand(lambda: world.attempt(job_id, crashes=0, dead=0).body())
            if answer.get("outcome") == "ended":
                self._hand(lambda: world.settle(job_id).body())
        world.clock.forward(30)
        return False

    def _hand(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A function of the workflow as Lambda runs it: what it raises is written down whole."""
        seal = (lambda handler: handler) if sabotaged() else redaction.redact_errors
        try:
            answer: dict[str, Any] = seal(lambda _event, _context: work())({}, None)
        except Exception as error:
            self.figures.reached["hand_failed"] += 1
            self.sinks["log"].append(traceback.format_exc())
            self.sinks["history"].append(json.dumps({"error": type(error).__name__, "cause": str(error)}))
            return {}
        self.sinks["history"].append(json.dumps({"input": {"jobId": self.job_id}, "output": answer}))
        return answer

    def _seen_by_others(self) -> None:
        for caller in (BOB, NOBODY):
            paths = ["/api/aiimage/jobs", "/api/credits", "/api/credits/entries"]
            paths += (
                [f"/api/aiimage/status/{self.job_id}", f"/api/aiimage/jobs/{self.job_id}/images/0"]
                if self.job_id
                else []
            )
            for path in paths:
                answer = self._ask(status, "GET", path, caller)
                self.sinks["answer"].append(
                    f"{answer.headers}{answer.body!r}" if hasattr(answer, "body") else str(answer)
                )

    def _rows(self) -> None:
        self.sinks["metric"] += self.world.meter.counts
        for table in ("jobs", "credits", "limits"):
            for row in self.world.dynamodb.scan(TableName=table)["Items"]:
                if row["sk"]["S"] != "request":
                    self.sinks["row"].append(json.dumps(row))


def _data(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


@contextlib.contextmanager
def heard() -> Iterator[io.StringIO]:
    """Everything that is printed or logged meanwhile."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    root.addHandler(handler)
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            yield said
        finally:
            root.removeHandler(handler)


def leaks(sinks: dict[str, list[str]]) -> Iterator[str]:
    """Which canary was found where."""
    for sink, texts in sinks.items():
        for field, canary in CANARIES.items():
            if field == OWN and sink == "row":
                continue
            if any(canary in text for text in texts):
                yield f"{field} in a {sink}"


def walked(
    figures: Figures, state: str, *, fault: int | None = None, arrange: Callable[[World], object] | None = None
) -> int:
    """One journey; how many AWS calls it made."""
    with a_world() as world, heard() as said:
        world.give(EVE)
        world.internet[URL] = a_picture(CANARIES["url"])
        world.moderating(openai=True, words=["unlikely"])
        if arrange:
            arrange(world)
        faults = Faults(world, fault)
        walk = Walk(world, figures, faults)
        walk.go()
        walk.sinks["log"].append(said.getvalue())
    figures.runs += 1
    figures.reached[state] += fault is None or faults.fired
    figures.blame(leaks(walk.sinks), (state, fault))
    return faults.calls


def repeating(text: str) -> Callable[..., Any]:
    """Fails, and repeats what it was given."""

    def fail(*given: Any, **named: Any) -> Any:
        raise RuntimeError(f"{text}: {given} {named}")

    return fail


def _provider_breaks(world: World) -> None:
    world.providers["openai"].script = [repeating("the provider broke")]


def _moderation_breaks(world: World) -> None:
    object.__setattr__(world.start.admission.moderate, "ask", lambda: repeating("the endpoint broke"))


def _moderation_unreachable(world: World) -> None:
    def fail(text: str) -> Any:
        raise Unreachable("out of reach")

    object.__setattr__(world.start.admission.moderate, "ask", lambda: fail)
    object.__setattr__(world.attempt.begin.inspect, "ask", repeating("the endpoint broke"))


def _fetch_breaks(world: World) -> None:
    object.__setattr__(world.prepare, "fetch", repeating("the fetch broke"))


def main() -> int:
    """Run it."""
    warnings.simplefilter("ignore")
    logging.disable(logging.NOTSET)
    figures = Figures()
    calls = walked(figures, "whole")
    for state, arrange in (
        ("provider_fault", _provider_breaks),
        ("moderation_fault", _moderation_breaks),
        ("moderation_fault", _moderation_unreachable),
        ("fetch_fault", _fetch_breaks),
    ):
        walked(figures, state, arrange=arrange)
    step = max(1, round(1 / max(scale(), 0.001)))
    for fault in range(0, min(calls, CALLS_MAX), step):
        walked(figures, "aws_fault", fault=fault)
    figures.more = {"aws_calls": calls, "canaries": len(CANARIES)}
    return figures.close(STATES)


if __name__ == "__main__":
    sys.exit(main())
