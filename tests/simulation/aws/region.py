"""One AWS region in virtual time: its services, the functions they invoke, and everything that is still to happen.

Work is done by actors (invocations), which give way at calls and sleeps. Whatever is to come is data in a heap, so that
whenever no invocation is alive the whole region can be photographed, compared and put back.
"""

import heapq
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from tests.simulation.aws.actors import Actor
from tests.simulation.aws.director import Calm, Director
from tests.simulation.aws.dynamodb import DynamoDB
from tests.simulation.aws.executions import StepFunctions
from tests.simulation.aws.faults import Fate, Killed, carried_out, throttled
from tests.simulation.aws.photograph import Event, Photograph
from tests.simulation.aws.replies import Call, Refusal, Reply, Wire
from tests.simulation.aws.s3 import S3
from tests.simulation.aws.tables import Table

SECOND = 1_000
HANGS_SECONDS = 2  # before a service that is down says so
MACHINE_ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:easel"
Function = Callable[[Wire], Any]


class Region:
    """Services, functions, time. `grain` (ms) is how finely invocations begin and clocks are read."""

    def __init__(self, tables: Mapping[str, Table], *, buckets: tuple[str, ...], now: int, grain: int = 1) -> None:
        self.now = now
        self.grain = grain
        self.dynamodb = DynamoDB(tables, lambda: self.now)
        self.s3 = S3(buckets, lambda: self.now)
        self.stepfunctions = StepFunctions(MACHINE_ARN, lambda: self.now, lambda name: self.on_start(name))
        self.services: dict[str, Callable[[Call], Reply]] = {
            "dynamodb": self.dynamodb.answer,
            "s3": self.s3.answer,
            "states": self.stepfunctions.answer,
        }
        self.functions: dict[str, Function] = {}
        self.director: Director = Calm()
        self.on_start: Callable[[str], None] = lambda name: None
        self.on_answer: Callable[[Any, Actor], None] = lambda route, actor: None
        self.on_end: Callable[[Actor], None] = lambda actor: None
        self.on_event: dict[str, Callable[..., None]] = {}
        self.events: list[Event] = []
        self.live: list[Actor] = []
        self.ready: list[Actor] = []
        self.actor: Actor | None = None
        self.paid: list[tuple[str, str, tuple[int, ...], str]] = []
        self.answers: dict[str, Any] = {}
        self.born: dict[str, int] = {}
        self.reached: Counter[str] = Counter()
        self.observer: Callable[[Actor, Call, Reply | Refusal], None] | None = None
        self.trace: list[tuple[int, str, str, str]] | None = None
        self.zombie_seconds = 500
        self.down: dict[str, int] = {}  # services that refuse everybody, until when
        self._sequence = 0

    # --- calls ---

    def handle(self, call: Call) -> Reply:
        """What the clients' line leads to: the director says what becomes of the call."""
        actor = self.actor
        if actor is None:
            return self.services[call.service](call)
        fate = self.director.fate(actor, call)
        if self.trace is not None:
            self.trace.append((self.now, actor.name, call.operation, fate.value))
        return carried_out(self._answered, call, fate, lambda: self.sleep(self.zombie_seconds))

    def _answered(self, call: Call) -> Reply:
        actor = self.actor
        assert actor is not None
        try:
            if self.now < self.down.get(call.service, 0):
                self.sleep(HANGS_SECONDS)
                raise throttled(call)
            reply = self.services[call.service](call)
        except Refusal as refusal:
            actor.history = hash((actor.history, call.operation, refusal.code))
            if self.observer:
                self.observer(actor, call, refusal)
            raise
        actor.history = hash((actor.history, call.operation, reply.body))
        if self.observer:
            self.observer(actor, call, reply)
        return reply

    def fail_until(self, service: str, time: int) -> None:
        """Let a service refuse everybody until a time (ms)."""
        self.down[service] = time

    def sleep(self, seconds: float) -> None:
        """Let time pass for whoever asks: the invocation that runs, or the test itself."""
        if not seconds:
            return
        if self.actor is None:
            self.now += round(seconds * SECOND)
        else:
            self.actor.stop_for(seconds)

    # --- what is to come ---

    def at(self, time: int, kind: str, *args: Any) -> None:
        """Let something happen at a time (ms)."""
        self._sequence += 1
        heapq.heappush(self.events, (time, self._sequence, kind, args))

    def soon(self, seconds: float, kind: str, *args: Any) -> None:
        """Let something happen in so many seconds, on the grain."""
        time = self.now + round(seconds * SECOND)
        self.at(-(-time // self.grain) * self.grain, kind, *args)

    def spawn(self, function: str, payload: Wire, *routes: Any) -> Actor:
        """Begin an invocation; what it answers goes to the routes."""
        self.born[function] = self.born.get(function, 0) + 1
        name = f"{function}{self.born[function]}"
        actor = Actor(name, function, payload, work=lambda: self.functions[function](payload), routes=list(routes))
        self.live.append(actor)
        self.ready.append(actor)
        return actor

    def invoke(self, function: str, payload: Wire, route: Any) -> None:
        """Deliver an invocation, or what becomes of it."""
        task = bool(route and route[0] == "task")
        fate = self.director.invocation_fate(Call("lambda", function, payload), task=task)
        if self.trace is not None:
            self.trace.append((self.now, "lambda", function, fate.value))
        match fate:
            case Fate.REFUSED | Fate.THROTTLED:
                names = {Fate.REFUSED: "Lambda.ServiceException", Fate.THROTTLED: "Lambda.TooManyRequestsException"}
                self.soon(0, "undelivered", route, names[fate])
            case Fate.LOST:
                self.spawn(function, payload)
                self.soon(0, "undelivered", route, "Lambda.Unknown")
            case Fate.TWICE:
                self.spawn(function, payload, route)
                self.spawn(function, payload)
            case Fate.CRASH_AFTER:
                self.spawn(function, payload, ("dies", route))
            case Fate.ABORTED:
                self.spawn(function, payload, route)
                self.soon(0, "aborted", route)
            case _:
                self.spawn(function, payload, route)

    # --- running ---

    def step(self, actor: Actor) -> None:
        """Let one invocation run to its next stop."""
        self.actor = actor
        try:
            stopped = actor.step()
        finally:
            self.actor = None
        if actor.done:
            self.live.remove(actor)
            self._ended(actor)
        elif isinstance(stopped, int | float):
            self.at(self.now + round(stopped * SECOND), "wake", actor)

    def _ended(self, actor: Actor) -> None:
        self.on_end(actor)
        for route in actor.routes:
            if route and route[0] == "dies":
                actor.error = Killed()
                route = route[1]
            if route:
                self.on_answer(route, actor)

    def advance(self, limit: int) -> bool:
        """Run until no invocation is alive and at least one has ended; False when nothing is left before `limit`."""
        begun = False
        while True:
            if self.ready:
                begun = True
                self.step(self.ready.pop(0))
            elif begun and not self.live:
                return True
            elif not self.events or (self.events[0][0] > limit and not self.live):
                return begun
            else:
                at, _, kind, args = heapq.heappop(self.events)
                self.now = max(self.now, at)
                if kind == "wake":
                    self.ready += [] if args[0].done else [args[0]]
                else:
                    self.on_event[kind](*args)

    # --- photographs ---

    def photograph(self, is_stale: Callable[[Event], bool] = lambda event: False, *, alive: bool = False) -> Photograph:
        """All that is stored and to come; while invocations are `alive`, they are not on it."""
        assert alive or not self.live, [actor.name for actor in self.live]
        if not alive:
            self.dynamodb.tokens.clear()  # nobody is left who could repeat a request
        return Photograph(
            now=self.now,
            tables={name: dict(table.items) for name, table in self.dynamodb.tables.items()},
            objects=dict(self.s3.objects),
            executions=dict(self.stepfunctions.executions),
            events=tuple(sorted(event for event in self.events if not is_stale(event))),
            paid=tuple(self.paid),
            answers=dict(self.answers),
            born=dict(self.born),
        )

    def put_back(self, photograph: Photograph) -> None:
        """Be again as photographed."""
        for actor in self.live:
            actor.drop()
        self.live, self.ready, self.actor = [], [], None
        self.dynamodb.tokens.clear()
        self.store(photograph)

    def store(self, photograph: Photograph) -> None:
        """Hold again what was stored, and have the same to come; invocations stand where they are."""
        self.now = photograph.now
        for name, items in photograph.tables.items():
            self.dynamodb.tables[name].items = dict(items)
        self.s3.objects = dict(photograph.objects)
        self.stepfunctions.executions = dict(photograph.executions)
        self.events = list(photograph.events)
        self.paid = list(photograph.paid)
        self.answers = dict(photograph.answers)
        self.born = dict(photograph.born)

    def digest(self) -> int:
        """A number for what is stored and what runs; the same for states that differ in random names only."""
        tables = tuple((name, table.digest()) for name, table in self.dynamodb.tables.items())
        executions = tuple(sorted(hash(execution) for execution in self.stepfunctions.executions.values()))
        return hash((tables, self.s3.digest(), executions))

    def full_digest(self, photograph: Photograph) -> int:
        """The same, with time and everything to come."""
        coming = tuple((at, kind, json.dumps(args, sort_keys=True)) for at, _, kind, args in photograph.events)
        paid = Counter((job, provider, slots) for job, provider, slots, _ in photograph.paid)
        answers = json.dumps(photograph.answers, sort_keys=True)
        return hash((self.digest(), self.now, coming, tuple(sorted(paid.items())), answers))
