"""Key × body × state × route: what the second use of a key comes to, whatever has become of the first."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from easel.credits import requests
from easel.errors import CallerError
from easel.identity.callers import Caller
from tests.simulation.aws.director import Calm
from tests.simulation.invariants import broken
from tests.simulation.races import DiesAtTheProvider
from tests.simulation.stage import Stage
from tests.support.requests import a_job_request
from tests.support.world import ANN, BOB

BODIES: dict[str, dict[str, Any]] = {
    "the same": {"prompt": "a lamp", "n": 1, "quality": "low"},
    "the same in another order": {"quality": "low", "n": 1, "prompt": "a lamp"},
    "another": {"prompt": "a vase", "n": 1, "quality": "low"},
    "one that leaves a default out": {"prompt": "a lamp", "quality": "low"},
}
SAME = frozenset({"the same", "the same in another order"})
STATES = ("absent", "door died", "queued", "running", "stored", "succeeded", "failed", "canceled", "erased")
KEYS = ("the same key", "another key", "another owner's")


@dataclass
class Cell:
    """One place of the table."""

    name: str
    wrong: list[str] = field(default_factory=list)
    reached: Counter[str] = field(default_factory=Counter)


def cells(stage: Stage) -> Iterator[Cell]:
    """Every cell, tried."""
    stage.give(1000)
    stage.give(1000, owner=BOB.owner)
    clean = stage.photograph()
    for state in STATES:
        stage.region.put_back(clean)
        first = bring_to(stage, state)
        begun = stage.photograph()
        for route in ("start", "generate"):
            for body in BODIES:
                for key in KEYS:
                    stage.region.put_back(begun)
                    yield _tried(stage, Cell(f"{state}, {route}, {body}, {key}"), first, (state, route, body, key))
    yield from _movements(stage, clean)


def bring_to(stage: Stage, state: str) -> str | None:
    """The first use of the key, and what became of its job."""
    world, region = stage.world, stage.region
    if state == "absent":
        return None
    region.director = Calm()
    if state == "door died":
        region.down["states"] = region.now + 1_000_000
    job_id = _ask(stage, "start", "the same", ANN, "k")
    region.down.clear()
    if state == "door died":  # between its transaction and its answer
        job = world.store.get(job_id)
        assert job is not None
        world.store.save(job, job.moved(accepted=False))
    if state in {"running", "stored", "succeeded"}:
        region.director = DiesAtTheProvider() if state == "running" else Calm()
        region.spawn("attempt", {"jobId": job_id, "turn": 0, "dead": -1})
        while region.ready or region.live:
            region.step(region.ready[0] if region.ready else region.live[0])
            region.ready.clear()
    if state == "canceled":
        world.cancel(job_id, caller=ANN)
    elif state == "erased":
        world.erase(job_id, caller=ANN)
    elif state == "failed":
        region.now += 1_000_000
    if state in {"succeeded", "failed"}:
        world.settle(job_id)
    region.events.clear()
    region.director = Calm()
    return job_id


def _ask(stage: Stage, route: str, body: str, caller: Caller, key: str) -> str:
    world, ask = stage.world, a_job_request(BODIES[body])
    if route == "start":
        return world.start(ask, caller=caller, key=key).job.id
    return world.generate(ask, caller=caller, key=key, until=stage.clock.now()).job.id


def _tried(stage: Stage, cell: Cell, first: str | None, place: tuple[str, str, str, str]) -> Cell:
    state, route, body, key = place
    owner, name = (BOB if key == "another owner's" else ANN), ("k2" if key == "another key" else "k")
    before = stage.world.ledger.balance(owner.owner)
    try:
        said = _ask(stage, route, body, owner, name)
    except CallerError as refusal:
        said = refusal.code
    moved = stage.world.ledger.balance(owner.owner).seq != before.seq
    expected: Any = first
    if key != "the same key" or state == "absent":
        expected = "a new job"
    elif state == "erased":
        expected = "job_erased"
    elif body not in SAME:
        expected = "idempotency_key_reused"
    got = "a new job" if moved and said != first else said
    if got != expected or moved != (expected == "a new job"):
        cell.wrong.append(f"got {got!r}, not {expected!r}; credits {'moved' if moved else 'stayed'}")
    cell.wrong += broken(stage.region, at_rest=False)
    cell.reached["refused_by_another_body"] += expected == "idempotency_key_reused"
    cell.reached["refused_as_erased"] += expected == "job_erased"
    cell.reached["replay_launched_a_job"] += state == "door died" and said == first
    return cell


def _movements(stage: Stage, clean: Any) -> Iterator[Cell]:
    """Grants, adjustments and refunds: the second use of a key moves nothing."""
    stage.region.put_back(clean)
    job_id = bring_to(stage, "succeeded")
    begun = stage.photograph()
    accounts = stage.world.accounts
    ways: dict[str, Callable[[Any], Any]] = {
        "grant": lambda body: accounts.grant(body, owner=ANN.owner, key="m", by="proof"),
        "adjust": lambda body: accounts.adjust(body, owner=ANN.owner, key="m", by="proof"),
        "refund": lambda body: stage.world.refund(body, owner=ANN.owner, key="m", by="proof"),
    }
    bodies: dict[str, list[Any]] = {
        "grant": [requests.GrantRequest.model_validate({"amount": amount}) for amount in (5, 7)],
        "adjust": [requests.AdjustRequest.model_validate({"amount": amount}) for amount in (5, -7)],
        "refund": [requests.RefundRequest.model_validate({"jobId": job_id, "amount": amount}) for amount in (1, 2)],
    }
    for way, move in ways.items():
        for other_way, other in ways.items():
            for body in bodies[other_way]:
                stage.region.put_back(begun)
                move(bodies[way][0])
                yield _repeated(stage, Cell(f"{way}, then {other_way} {body!r}"), other, body, bodies[way][0])


def _repeated(stage: Stage, cell: Cell, move: Callable[[Any], Any], body: Any, first: Any) -> Cell:
    before = stage.world.ledger.balance(ANN.owner).seq
    try:
        said = "replayed" if move(body).replayed else "moved"
    except CallerError as refusal:
        said = refusal.code
    expected = "replayed" if body == first else "idempotency_key_reused"
    if said != expected or stage.world.ledger.balance(ANN.owner).seq != before:
        cell.wrong.append(f"was {said}, not {expected}")
    cell.wrong += broken(stage.region, at_rest=False)
    return cell
