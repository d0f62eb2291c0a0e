"""Providers of a region: they take virtual time, do what their script says, and count every call that may be billed."""

from dataclasses import dataclass

from easel.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnknown,
)
from easel.providers.protocol import Made, Order, Task
from tests.simulation.aws.faults import Fate, Killed
from tests.simulation.aws.region import Region
from tests.simulation.aws.replies import Call
from tests.support.fakes import png

PICTURE = png()
COST_MICROS = 40_000
PAID = frozenset({"make", "short", "down", "silent"})
LOOK_AGAIN = 5


@dataclass(frozen=True)
class Desk:
    """Where orders arrive. `script` says what the calls for one job come to, in order; its last word holds on.

    Words: make, short (one image fewer), refuse, down, busy, wrong, silent (no answer until the timeout).
    """

    region: Region
    name: str
    script: tuple[str, ...] = ("make",)
    seconds: float = 20

    def _asked(self, order: Order, *, submit: bool = False) -> tuple[Fate, str]:
        """What becomes of a call, and the script's word for it; it is on the bill from here on."""
        actor = self.region.actor
        assert actor is not None, "providers are called by invocations alone"
        fate = self.region.director.fate(actor, Call("provider", self.name, {}))
        if fate is Fate.CRASH_BEFORE:
            raise Killed
        if fate is Fate.REFUSED:
            raise ProviderUnavailable("connection refused")
        if fate is Fate.THROTTLED:
            raise ProviderBusy("rate limited", retry_after_seconds=10)
        job_id = actor.payload["jobId"]
        before = sum(1 for job, provider, _, _ in self.region.paid if (job, provider) == (job_id, self.name))
        word = self.script[min(before, len(self.script) - 1)]
        self._bill(job_id, order, paid=submit or word in PAID)
        return fate, word

    def _bill(self, job_id: str, order: Order, *, paid: bool) -> None:
        """Note the call, for the slots that the job's row says this worker is at."""
        actor = self.region.actor
        assert actor is not None
        row = self.region.dynamodb.tables["jobs"].get((f"job#{job_id}", "job")) or {}
        mine = [a["M"] for a in row.get("attempts", {"L": []})["L"] if a["M"]["worker"]["S"] == actor.name]
        if not mine:
            self.region.reached["VIOLATION: a provider was called before its attempt was written"] += 1
            return
        slots = [int(slot["N"]) for slot in mine[-1]["slots"]["L"]][actor.calls : actor.calls + order.n]
        actor.calls += order.n
        self.region.paid.append((job_id, self.name, tuple(slots), "paid" if paid else "free"))

    def _said(self, word: str, order: Order) -> Made:
        match word:
            case "refuse":
                raise ProviderRefused("moderation_blocked", stage="input")
            case "down":
                raise ProviderUnavailable("500 server_error", paid=True)
            case "busy":
                raise ProviderBusy("rate_limit_exceeded", retry_after_seconds=30)
            case "wrong":
                raise ProviderMisconfigured("invalid_api_key")
        count = order.n - 1 if word == "short" else order.n
        return Made(images=(PICTURE,) * count, cost_micros=COST_MICROS * count, request_id=f"req-{self.name}")


@dataclass(frozen=True)
class Maker(Desk):
    """A provider that answers with the images."""

    def make(self, order: Order) -> Made:
        """Make images, or raise as a provider's adapter does."""
        fate, word = self._asked(order)
        if word == "silent":
            self.region.sleep(order.timeout_seconds)
            raise ProviderUnknown("no answer in time")
        self.region.sleep(self.region.zombie_seconds if fate is Fate.ZOMBIE else self.seconds)
        if fate is Fate.CRASH_AFTER:
            raise Killed
        if fate is Fate.LOST:
            raise ProviderUnknown("the answer was cut off")
        return self._said(word, order)


@dataclass(frozen=True)
class Queue(Desk):
    """A provider that takes orders and delivers later; a task's name says when it is ready."""

    def submit(self, order: Order) -> Task:
        """Take on an order."""
        fate, word = self._asked(order, submit=True)
        if fate is Fate.ZOMBIE:
            self.region.sleep(self.region.zombie_seconds)
        if fate is Fate.CRASH_AFTER:
            raise Killed
        if fate is Fate.LOST:
            raise ProviderUnknown("the answer was cut off")
        return Task(f"{word}-{self.region.now + round(self.seconds * 1000)}", LOOK_AGAIN)

    def look(self, task_id: str, order: Order) -> Made | Task:
        """What came of it."""
        actor = self.region.actor
        assert actor is not None
        fate = self.region.director.fate(actor, Call("provider", "look", {}))
        if fate in {Fate.CRASH_BEFORE, Fate.CRASH_AFTER}:
            raise Killed
        if fate in {Fate.REFUSED, Fate.THROTTLED, Fate.LOST}:  # looking costs nothing: it will be looked again
            return Task(task_id, LOOK_AGAIN)
        if fate is Fate.ZOMBIE:
            self.region.sleep(self.region.zombie_seconds)
        word, ready = task_id.rsplit("-", 1)
        if self.region.now < int(ready):
            return Task(task_id, LOOK_AGAIN)
        return self._said(word, order)

    def cancel(self, task_id: str) -> None:
        """Too late: it is made anyway."""
