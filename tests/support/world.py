"""Easel's use cases on the tables and the bucket that they are given, with time and providers in the test's hands.

`World.run` walks a job through its hands the way `workflow.asl.json` does; the file itself is executed in
`tests/integration/execution/test_workflow.py`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from easel.aws.bucket import Bucket
from easel.aws.dynamodb import Database
from easel.aws.state_machine import StateMachine
from easel.clock import SECOND
from easel.credits.requests import GrantRequest
from easel.execution.moderation import Inspect
from easel.identity.callers import SCOPES, Caller
from easel.jobs.model import Job
from easel.jobs.task_result import TaskResult
from easel.moderation.endpoint import Scores
from easel.moderation.policy import Moderation
from easel.moderation.policy import load as load_moderation
from easel.outbound.http import Unreachable
from easel.policy import Clocks, Policy
from easel.settings import ProviderSettings
from easel.submission.start import Started
from easel.submission.uploads import UploadRequest
from easel.webhooks import signing
from easel.wiring import (
    announcing,
    cancel,
    credits,
    erasing,
    execution,
    library,
    maintenance,
    openai_api,
    reading,
    references,
    refund,
    settlement,
    submission,
    webhooks,
)
from easel.wiring.parts import Parts
from tests.support.fakes import FakeClock, FakeMeter, FakeProvider, FakeQueue
from tests.support.receiver import MASTER, Receiver
from tests.support.requests import a_job_request

SECRET = b"a signing secret of the tests, and of nothing else"
ANN = Caller(owner="user:local:ann", scopes=frozenset({"generate", "read"}))
BOB = Caller(owner="user:local:bob", scopes=frozenset({"generate", "read"}))
NOBODY = Caller(owner="anonymous", scopes=frozenset({"generate"}))
PAYMENTS = Caller(owner="service:payments", scopes=frozenset(SCOPES), account="payments", key_id="k1")


class FakeWorkflow(StateMachine):
    """Step Functions' StartExecution, remembered; `down` makes it fail, `on_start` happens first."""

    def __init__(self, clock: FakeClock) -> None:
        vars(self).update(clock=clock, started=[], down=False, on_start=lambda: None)

    started: list[str]
    down: bool
    on_start: Callable[[], object]

    def start(self, job_id: str) -> bool:
        self.on_start()
        if not self.down and job_id not in self.started:
            self.started.append(job_id)
        return not self.down


@dataclass
class World:
    """One stage, in memory."""

    dynamodb: Any
    s3: Any
    unsigned: Any
    clock: FakeClock = field(default_factory=FakeClock)
    meter: FakeMeter = field(default_factory=FakeMeter)
    clocks: Clocks = field(default_factory=Clocks)
    policy: Policy = field(default_factory=Policy)
    providers: dict[str, FakeProvider] = field(default_factory=dict)

    paces: dict[str, int] = field(default_factory=dict)
    queues: dict[str, FakeQueue] = field(default_factory=dict)
    internet: dict[str, bytes | str] = field(default_factory=dict)  # what an address holds, or why it cannot be had
    fetched: list[str] = field(default_factory=list)
    moderation: dict[str, Any] = field(default_factory=dict)
    flagged: dict[str, float] = field(default_factory=dict)  # words in a text to the score of "violence"
    unmoderated: bool = False  # the endpoint is out of reach
    worker_seats: int = 0  # no bound

    def __post_init__(self) -> None:
        self.providers = self.providers or {"openai": FakeProvider(), "openai_compatible": FakeProvider()}
        self.database = Database(self.dynamodb, self.clock)
        self.assets = Bucket(self.s3, self.unsigned, "assets")
        self.workflow = FakeWorkflow(self.clock)
        self.receiver = Receiver(self.clock.now)
        self.hosts: dict[str, tuple[str, ...]] = {}  # what the resolver knows otherwise; all others are public
        self.asked_at_once: list[str] = []  # jobs whose event was to be delivered now
        self._wire()

    def _parts(self) -> Parts:
        return Parts(
            database=self.database,
            clock=self.clock,
            meter=self.meter,
            secret=lambda: SECRET,
            bucket=lambda: self.assets,
            machine=lambda: self.workflow,
            clocks=self.clocks,
            policy=self.policy,
            jobs_table="jobs",
            credits_table="credits",
            limits_table="limits",
        )

    def _wire(self) -> None:
        """The use cases as the functions have them, of parts that are a test's."""
        made = self._parts()
        self.store, self.ledger, self.budget = made.store, made.ledger, made.budget
        offers = {
            name: ProviderSettings(model=f"{name}-model", images_per_minute=self.paces.get(name))
            for name in self.providers
        }
        begins = submission.submission(
            made, providers=offers, moderation=self._policy, scorer=lambda: self._scores, resolve=self._look_up
        )
        self.limits, self.hold, self.start, self.uploads = begins.rates, begins.hold, begins.start, begins.uploads
        self.quote, self.drafts = begins.quote, self.start.drafts
        self.switch = self.limits.switch
        self.generate = submission.generate(made, self.start, seats=2)
        self.waiting = self.generate.wait.waiting
        self.status = reading.reader(made)
        self.collect = openai_api.collect(made, self.status, seats=2)
        self.claims = openai_api.claims(made)
        self.offers = offers
        self.watch = reading.watch(made, self.status, seats_for_watching=2)
        self.watch_page = reading.watch_page(made, seats_for_watching=2)
        self.watch_many = reading.watch_many(self.watch)
        self.settle = settlement.settle(made, deliver=self.asked_at_once.append)
        self._wire_webhooks(made)
        self.cancel = cancel.cancel(made, self.settle)
        self.star, self.shares, self.open_share = library.star(made), library.shares(made), library.open_share(made)
        self.accounts = credits.accounts(made)
        self.refund = refund.refund(made, self.accounts)
        self.eraser = maintenance.erase(made, self.settle)
        self.forget = erasing.request_erasure(made)
        self.forgetting = maintenance.carry_out_erasures(made, self.eraser)
        self.reconcile = maintenance.reconcile(made, self.settle, self.eraser, logging.getLogger("test"))
        self.attempt = execution.run_attempt(
            made,
            providers=offers,
            provider_named=lambda name: self.queues.get(name) or self.providers[name],
            inspect=Inspect(self._policy, self._scores, self.meter) if self._policy.openai else None,
            log=logging.getLogger("easel"),
            seats=self.worker_seats,
        )
        one_thread: Any = lambda call, keys: [call(key) for key in keys]  # noqa: E731 — moto knows one thread
        self.prepare = references.prepare(made, self._fetch, spread=one_thread)

    def _wire_webhooks(self, made: Parts) -> None:
        self.deliver = webhooks.deliver(
            made,
            post=lambda *letter: self.receiver.post(*letter),
            tell=lambda *event: self.receiver.tell(*event),
            master=lambda: MASTER,
            address=lambda path: f"https://images.example{path}",
            log=logging.getLogger("test"),
            side_by_side=lambda look, rows: [look(row) for row in rows],  # moto knows one thread
        )
        use = webhooks.webhooks(
            made,
            reveal=lambda *version: signing.written(signing.secret(MASTER, *version)),
            at_once=lambda *delivery: self.tried_at_once.append(delivery),
            resolve=self._look_up,
        )
        self.webhooks, self.endpoints, self.deliveries = announcing.store(made), use.endpoints, use.deliveries
        self.tried_at_once: list[tuple[str, str, str]] = []

    def _look_up(self, host: str, _port: int, _seconds: float) -> tuple[str, ...]:
        """The resolver."""
        found = self.hosts.get(host, ("93.184.215.14",))
        if not found:
            raise OSError("no such host")
        return found

    def deliver_now(self, job_id: str, *, seconds: float = 45) -> int:
        """Deliver what the end of a job leads to, as it is asked for at once."""
        return self.deliver.job(job_id, until=self.clock.now() + round(seconds * SECOND))

    def deliver_for(self, seconds: float, *, every: float = 60) -> None:
        """Let time pass and the schedule deliver each minute of it, or every so many seconds."""
        end = self.clock.now() + round(seconds * SECOND)
        while self.clock.now() < end:
            self.clock.forward(every)
            self.deliver.due(until=self.clock.now() + 30 * SECOND)

    @property
    def _policy(self) -> Moderation:
        return load_moderation(self.moderation)

    def _scores(self, thing: str | tuple[bytes, str]) -> Scores:
        """The moderation endpoint."""
        if self.unmoderated:
            raise Unreachable("out of reach")
        text = thing if isinstance(thing, str) else thing[1]
        return {"violence": max((score for words, score in self.flagged.items() if words in text), default=0.0)}

    def moderating(self, **changes: Any) -> "World":
        """The same world under another moderation."""
        self.moderation = changes
        self._wire()
        return self

    def _fetch(self, url: str, key: str) -> str | None:
        """The fetch function, with the internet in memory."""
        self.fetched.append(url)
        if isinstance(found := self.internet.get(url, "the address answered 404"), str):
            return found
        self.assets.put(key, found, "application/octet-stream")
        return None

    def upload(self, content: bytes, caller: Caller = ANN, mime_type: str = "image/png") -> str:
        """An upload, filled."""
        made = self.uploads(UploadRequest.model_validate({"mimeType": mime_type}), caller=caller)
        self.s3.put_object(Bucket="assets", Key=made.form.fields["key"], Body=content, ContentType=mime_type)
        return made.id

    def allowing(self, **changes: Any) -> "World":
        """The same world under another policy."""
        self.policy = self.policy.model_copy(update=changes)
        self._wire()
        return self

    def replace(self, name: str, queue: FakeQueue) -> None:
        """Put a provider that delivers later in another's place."""
        self.queues[name] = queue

    def give(self, caller: Caller = ANN, amount: int = 100) -> None:
        """Credits for an owner."""
        ask = GrantRequest.model_validate({"amount": amount})
        self.accounts.grant(ask, owner=caller.owner, key=f"test-{self.clock.now()}-{amount}", by="test")

    def begin(self, caller: Caller = ANN, key: str | None = None, **fields: Any) -> Started:
        """Start a job."""
        return self.start(a_job_request({"prompt": "a lamp", **fields}), caller=caller, key=key)

    def run(self, job_id: str, *, tasks: int = 60) -> Job:
        """Walk a job to its end."""
        state = "attempt"
        for _ in range(tasks):
            state = self._task(state, job_id)
            if state == "done":
                return self.job(job_id)
        raise AssertionError(f"job {job_id} did not end within {tasks} tasks")

    def run_after_death(self, job_id: str, *, crashes: int) -> Job:
        """Walk on from a worker's death that Lambda reported."""
        self._wait(self.attempt(job_id, crashes=crashes, dead=crashes - 1))
        return self.run(job_id)

    def _task(self, state: str, job_id: str) -> str:
        if state == "settle":
            answer = self.settle(job_id)
            self._wait(answer)
            return "done" if answer.outcome == "done" else "settle"
        if state == "prepare":
            self._wait(self.prepare(job_id))
            return "attempt"
        answer = self.attempt(job_id, crashes=0, dead=-1)
        self._wait(answer)
        return {"stored": "settle", "ended": "settle", "prepare": "prepare"}.get(answer.outcome, "attempt")

    def _wait(self, answer: TaskResult) -> None:
        self.clock.forward(answer.seconds)

    def job(self, job_id: str) -> Job:
        """The job as it is stored."""
        job = self.store.get(job_id)
        assert job is not None
        return job

    def erase(self, job_id: str, *, caller: Caller) -> Job:
        """Ask for a job to be erased, and sweep it at once."""
        self.eraser.ask(job_id, caller=caller)
        return self.eraser.sweep(job_id)

    def available(self, caller: Caller = ANN) -> int:
        """Credits the owner could spend."""
        return self.accounts.balance(caller.owner).available

    def reconciled(self, seconds: float) -> None:
        """Let time pass and the reconciler run each minute of it."""
        end = self.clock.now() + round(seconds * SECOND)
        while self.clock.now() < end:
            self.clock.forward(60)
            self.reconcile(until=self.clock.now() + 50 * SECOND)
            self.forgetting(until=self.clock.now() + 50 * SECOND)

    def budget_folds(self) -> bool:
        """Whether nothing is left reserved in any shard once every job is final."""
        rows = [row for row in self.dynamodb.scan(TableName="limits")["Items"] if "committed" in row]
        return all(int(row["committed"]["N"]) == int(row.get("spent", {"N": "0"})["N"]) for row in rows)
