"""A receiver that is down for hours, and workers that die at each call: what arrives, and under which id.

One history is played again and again: jobs end, the receiver is down for six hours, the schedule runs. In each run one
worker, settling or delivering, dies before one of the calls that it makes or after it; another comes in its place.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from easel.clock import DAY, HOUR, MINUTE, SECOND
from easel.jobs.model import Job
from easel.providers.errors import ProviderUnavailable
from easel.webhooks.announce import event_of
from easel.webhooks.body import message_id
from easel.webhooks.model import Delivery
from easel.webhooks.requests import WebhookRequest
from easel.webhooks.sending import Answered, Letter, Send
from tests.simulation.aws.replies import Call, Reply
from tests.simulation.aws.wire import line
from tests.support.quick_world import a_quick_world
from tests.support.receiver import Letter as Delivered
from tests.support.world import ANN, World

DOWN = 6 * HOUR
URL = "https://one.example/"
OWN = "https://own.example/"
REPEATS_MAX = 1  # of a message that arrived: by the worker that died after it was sent
Fate = tuple[int, str]  # at which call, and whether before or after it


class WorkerDied(BaseException):
    """The process is gone."""


@dataclass
class Deaths:
    """Counts the calls of workers, and ends one of them."""

    fate: Fate | None = None
    calls: int = 0
    alive: bool = False  # whether a worker is at it whose calls count

    def around(self, call: Callable[[], Any]) -> Any:
        """One call of a worker."""
        if not self.alive:
            return call()
        self.calls += 1
        if self.fate == (self.calls, "before"):
            raise WorkerDied
        answer = call()
        if self.fate == (self.calls, "after"):
            raise WorkerDied
        return answer

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A worker's life, which may end early."""
        self.alive = True
        try:
            yield
        except WorkerDied:
            pass
        finally:
            self.alive = False


class EndsBeforeItSends(Send):
    """The seeded bug: a delivery is marked as made when it is claimed."""

    def __call__(self, owner: str, endpoint_id: str, delivery_id: str) -> Delivery | None:
        found = self.webhooks.delivery(owner, endpoint_id, delivery_id)
        if found and found.pending and found.wake_by is not None and found.wake_by <= self.clock.now():
            letter = self._letter(found)
            if isinstance(letter, Letter):
                self.webhooks.save_delivery(found.ended("delivered"))
                self.post(letter.url, {"webhook-id": message_id(found.id)}, letter.body)
        return found


@dataclass
class History:
    """One run, and what is wrong with how it ended."""

    world: World
    deaths: Deaths
    jobs: list[Job] = field(default_factory=list)
    back: int = 0  # when the receiver is up again

    def play(self) -> None:
        """Jobs end; the receiver comes back after six hours; a day later everything is at rest."""
        self._set_up()
        self.world.receiver.otherwise = Answered(milliseconds=10_000, reason="the address did not answer in time")
        self.back = self.world.clock.now() + DOWN
        self._end_jobs()
        self._run_until(self.back)
        self.world.receiver.otherwise = Answered(milliseconds=80, status=204)
        self._run_until(self.back + DAY)

    def broken(self) -> Iterator[str]:
        """What was lost, came under another id, in other bytes, or more often than a death explains."""
        bodies: dict[str, set[bytes]] = {}
        for letter in self.world.receiver.letters:
            bodies.setdefault(letter.headers["webhook-id"], set()).add(letter.body)
        came = Counter((letter.url, letter.headers["webhook-id"]) for letter in self.late())
        wanted = {(url, message_id(event_of(job).id)) for job in self.jobs for url in self._urls(job)}
        yield from (
            f"lost: {event_of(job).type}"
            for job in self.jobs
            for url in self._urls(job)
            if (url, message_id(event_of(job).id)) not in came
        )
        yield from ("came, and is nobody's" for each in came if each not in wanted)
        yield from ("came too often" for times in came.values() if times > 1 + REPEATS_MAX)
        yield from ("another body under the same id" for each in bodies.values() if len(each) != 1)
        told = [json.loads(said)["data"]["jobId"] for _, said in self.world.receiver.told]
        yield from (f"the bus missed {job.status}" for job in self.jobs if job.id not in told)

    def late(self) -> list[Delivered]:
        """What came once the receiver was up again, which took it."""
        return [letter for letter in self.world.receiver.letters if letter.at >= self.back]

    def _urls(self, job: Job) -> tuple[str, ...]:
        return (URL, OWN) if job.webhook_url else (URL,)

    def _set_up(self) -> None:
        self.world.endpoints.create(WebhookRequest.model_validate({"url": URL}), caller=ANN)
        self.world.clock.forward(1)

    def _end_jobs(self) -> None:
        """One that succeeds, one that is canceled, one that fails; each asks for its delivery at once."""
        made = self._attempted({})
        canceled = self.world.begin(webhookUrl=OWN).job.id
        with self.deaths.worker():
            self.world.cancel(canceled, caller=ANN)
        for provider in self.world.providers.values():
            provider.script = [ProviderUnavailable("down", paid=False)] * 9
        failed = self._attempted({})
        for job_id in (made, canceled, failed):
            self._settled(job_id)
        self.jobs = [self.world.job(each) for each in (made, canceled, failed)]
        for job in self.jobs:
            with self.deaths.worker():
                self.world.deliver_now(job.id)

    def _attempted(self, fields: dict[str, Any]) -> str:
        """A job that only waits to be settled."""
        job_id = self.world.begin(**fields).job.id
        while self.world.attempt(job_id, crashes=0, dead=-1).outcome not in ("stored", "ended"):
            self.world.clock.forward(1)
        return job_id

    def _settled(self, job_id: str) -> None:
        """The workflow settles, and again where that worker died; a cancel that died is asked for again."""
        with self.deaths.worker():
            self.world.settle(job_id)
        if not self.world.job(job_id).final and not self.world.job(job_id).attempts:
            self.world.cancel(job_id, caller=ANN)
        self.world.settle(job_id)

    def _run_until(self, until: int) -> None:
        """The schedule, at each minute in which something is due."""
        while (following := self._next()) is not None and following <= until:
            late = max(following - self.world.clock.now(), 0)
            self.world.clock.forward((late - late % MINUTE + MINUTE) / SECOND)
            with self.deaths.worker():
                self.world.deliver.due(until=self.world.clock.now() + 30 * SECOND)
        self.world.clock.forward(max(until - self.world.clock.now(), 0) / SECOND)

    def _next(self) -> int | None:
        rows = self.world.dynamodb.scan(TableName="jobs")["Items"]
        due = [int(row["wakeBy"]["N"]) for row in rows if row.get("openShard", {}).get("S", "").startswith("webhooks#")]
        return min(due, default=None)


def play(fate: Fate | None, *, sabotage: bool = False) -> tuple[History, int]:
    """One history with one death, or none; and how many calls its workers made."""
    deaths = Deaths(fate)
    with a_quick_world() as world:
        clients = line()
        handler = clients.handler

        def handled(call: Call) -> Reply:
            answer: Reply = deaths.around(lambda: handler(call))
            return answer

        clients.handler = handled
        post, tell, send = world.receiver.post, world.receiver.tell, world.deliver.send
        vars(send)["post"] = lambda *letter: deaths.around(lambda: post(*letter))
        vars(world.deliver)["tell"] = lambda *event: deaths.around(lambda: tell(*event))
        if sabotage:
            object.__setattr__(send, "__class__", EndsBeforeItSends)
        history = History(world, deaths)
        history.play()
    return history, deaths.calls
