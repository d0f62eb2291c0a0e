"""Easel's use cases in a region, wired as the world of the tests is; a proof may put other classes in their places."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from easel.aws.state_machine import StateMachine
from easel.clock import SECOND
from easel.credits.requests import GrantRequest, RefundRequest
from easel.errors import Busy, CallerError
from easel.identity.callers import Caller
from easel.images import sanitize
from easel.jobs import store
from easel.maintenance import reconcile
from easel.policy import Clocks, Policy
from tests.simulation.aws.asl import Machine
from tests.simulation.aws.clock import VirtualClock
from tests.simulation.aws.entropy import drawn
from tests.simulation.aws.makers import Desk, Maker, Queue
from tests.simulation.aws.orchestration import Ask, Orchestration, definition
from tests.simulation.aws.photograph import Photograph
from tests.simulation.aws.region import MACHINE_ARN, Region
from tests.simulation.aws.replies import Wire
from tests.simulation.aws.tables import Index, Schema, Table
from tests.simulation.aws.wire import line
from tests.support.fakes import NOON
from tests.support.requests import a_job_request
from tests.support.world import ANN, World

RECONCILE_SECONDS = 50
REST_SECONDS = 5400
SHARDS = 2
ALL_SHARDS = store.OPEN_SHARDS
JOBS = Schema(
    indexes={
        "by_owner": Index("owner", "ownerSort"),
        "open": Index("openShard", "wakeBy", keys_only=True),
    },
    ttl="expiresAt",
)
PROVIDERS = ("openai", "openai_compatible")


@dataclass(frozen=True)
class Setting:
    """What a stage is set up with. `instead` puts a class in another's place: that is how bugs are seeded."""

    scripts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    queues: frozenset[str] = frozenset()
    asks: Mapping[str, Ask] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    clocks: Clocks = field(default_factory=Clocks)
    instead: Mapping[type, type] = field(default_factory=dict)
    grain: int = SECOND
    lag: int = 0
    latency: float = 20
    worker_seats: int = 0


class Wired(World):
    """The tests' wiring with Step Functions' real client, and an attempt's calls made in turn."""

    def _wire(self) -> None:
        workflow: Any = StateMachine(line().stepfunctions, MACHINE_ARN, self.clock)
        self.workflow = workflow
        super()._wire()
        vars(self.attempt.calls)["spread"] = in_turn  # a greenlet stays in its thread


class Stage:
    """One region with Easel in it. Only one stage at a time answers this process's clients: the newest."""

    def __init__(self, setting: Setting) -> None:
        remember_pictures()
        few_shards()
        logging.getLogger("test").disabled = True  # errors are wanted here, by the thousand
        logging.getLogger("easel").addHandler(logging.NullHandler())
        self.setting = setting
        limits = Table(Schema(ttl="expiresAt"))
        tables = {"jobs": Table(JOBS, lag=setting.lag), "credits": Table(Schema()), "limits": limits}
        self.region = Region(tables, buckets=("assets", "uploads"), now=NOON, grain=setting.grain)
        self.random: Callable[[], float] = lambda: 0.95
        self._drawn = 0
        self.machine = Machine(definition(setting.clocks), lambda: self.random())
        self.orchestration = Orchestration(self.region, self.machine, setting.asks)
        self.clock = VirtualClock(self.region, lambda: self.random())
        clients, clock, makers = line(), self.clock, {name: self._desk(name) for name in PROVIDERS}
        as_they_are: dict[str, Any] = {"clock": clock, "providers": makers}
        self.world = Wired(
            clients.dynamodb,
            clients.s3,
            clients.s3_unsigned,
            policy=setting.policy,
            clocks=setting.clocks,
            worker_seats=setting.worker_seats,
            **as_they_are,
        )
        self._put_in_place(*vars(self.world).values(), *vars(self.world.attempt).values(), *makers.values())
        vars(self.world.attempt)["new_worker"] = self._worker
        self.no_secrets_until = 0
        calls = self.world.attempt.calls
        vars(calls)["provider_named"] = self._once_secrets_can_be_read(calls.provider_named)
        self.region.functions = self._functions()
        clients.handler = self.region.handle
        clients.gate = lambda make: make()

    def draw(self, size: int) -> bytes:
        """The next random bytes of whoever asks."""
        actor = self.region.actor
        if actor is None:
            self._drawn += 1
            return drawn("setup", self._drawn, size)
        actor.drawn += 1
        return drawn(actor.name, actor.drawn, size)

    def give(self, amount: int = 100, owner: str = ANN.owner, **terms: Any) -> None:
        """Credits, before anything begins."""
        ask = GrantRequest.model_validate({"amount": amount, **terms})
        self.world.accounts.grant(ask, owner=owner, key=f"given-{amount}-{terms}", by="proof")

    def rest(self) -> None:
        """Let everything happen that is to come, for at most REST_SECONDS."""
        limit = self.region.now + REST_SECONDS * SECOND
        while self.region.advance(limit):
            pass

    def photograph(self) -> Photograph:
        """The region as it is, without what can no longer change anything."""
        return self.region.photograph(self.orchestration.is_stale)

    def _desk(self, name: str) -> Desk:
        kind = Queue if name in self.setting.queues else Maker
        return kind(self.region, name, self.setting.scripts.get(name, ("make",)), self.setting.latency)

    def _put_in_place(self, *things: object) -> None:
        for thing in things:
            if type(thing) in self.setting.instead:
                object.__setattr__(thing, "__class__", self.setting.instead[type(thing)])

    def _once_secrets_can_be_read(self, named: Callable[[str], Any]) -> Callable[[str], Any]:
        def provider_named(name: str) -> Any:
            if self.region.now < self.no_secrets_until:
                raise Busy("A secret could not be read just now; nothing was done, try again.")
            return named(name)

        return provider_named

    def _worker(self) -> str:
        assert self.region.actor is not None
        return self.region.actor.name

    def _functions(self) -> dict[str, Callable[[Wire], Any]]:
        world = self.world
        return {
            "start": _door(self._start),
            "cancel": _door(lambda p: {"jobId": world.cancel(p["jobId"], caller=_caller(p)).id}),
            "erase": _door(lambda p: {"jobId": world.erase(p["jobId"], caller=_caller(p)).id}),
            "grant": _door(self._grant),
            "refund": _door(self._refund),
            "attempt": lambda p: world.attempt(p["jobId"], crashes=p["turn"], dead=p["dead"]).body(),
            "prepare": lambda p: world.prepare(p["jobId"]).body(),
            "settle": lambda p: world.settle(p["jobId"]).body(),
            "reconcile": lambda p: {"moved": world.reconcile(until=self.clock.now() + RECONCILE_SECONDS * SECOND)},
        }

    def _start(self, payload: Wire) -> Wire:
        ask = a_job_request({"prompt": "a lamp", **payload.get("fields", {})})
        started = self.world.start(ask, caller=_caller(payload), key=payload.get("key"))
        return {"jobId": started.job.id, "replayed": started.replayed, "available": started.available}

    def _grant(self, payload: Wire) -> Wire:
        ask = GrantRequest.model_validate(payload["fields"])
        granted = self.world.accounts.grant(ask, owner=payload["owner"], key=payload["key"], by="proof")
        return {"grantId": granted.grant_id, "replayed": granted.replayed}

    def _refund(self, payload: Wire) -> Wire:
        ask = RefundRequest.model_validate({"jobId": payload["jobId"], **payload.get("fields", {})})
        refunded = self.world.refund(ask, owner=payload["owner"], key=payload["key"], by="proof")
        return {"amount": refunded.amount, "replayed": refunded.replayed}


def in_turn(call: Callable[[tuple[int, ...]], Any], groups: Sequence[tuple[int, ...]]) -> list[Any]:
    """An attempt's calls one after another."""
    return [call(slots) for slots in groups]


def few_shards() -> None:
    """The index of open jobs has two shards: they are all alike, and each is a call that can fail."""
    _open_shards(SHARDS)


def all_shards() -> None:
    """The index of open jobs has its shards again."""
    _open_shards(ALL_SHARDS)


def _open_shards(number: int) -> None:
    for module in (reconcile, store):
        vars(module)["OPEN_SHARDS"] = number


@cache
def remember_pictures() -> None:
    """Pillow's answers are remembered: the same bytes have the same facts in every one of a million runs."""
    for name in ("examine", "thumbnail", "sanitize"):
        setattr(sanitize, name, cache(getattr(sanitize, name)))


def _door(function: Callable[[Wire], Wire]) -> Callable[[Wire], Wire]:
    def answer(payload: Wire) -> Wire:
        try:
            return function(payload)
        except CallerError as refusal:
            return {"error": refusal.code}

    return answer


def _caller(payload: Wire) -> Caller:
    return Caller(owner=payload.get("owner", ANN.owner), scopes=ANN.scopes)
