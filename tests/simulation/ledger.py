"""Credits add up after a million random operations, through botocore too, and no altered row stays hidden."""

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from easel.credits import audit, spending
from easel.credits.model import Balance, Entry
from easel.credits.requests import AdjustRequest, GrantRequest, RefundRequest
from easel.errors import CallerError
from easel.policy import Policy
from tests.simulation import ledger_tampering
from tests.simulation.aws.director import Calm
from tests.simulation.aws.entropy import seeded
from tests.simulation.invariants import books, broken
from tests.simulation.random_credits import Purse
from tests.simulation.stage import Setting, Stage
from tests.support.report import Figures, sabotaged, scale, workers
from tests.support.world import ANN

PURE, THROUGH_BOTOCORE, TAMPERS = 1_000_000, 20_000, 10_000
PURSE_STEPS = 500
SHOP_EVERY = 200  # purses, of which one is an account with very many grants
LEDGER_STEPS = 90
REACHED = (
    "a_grant_too_many",
    "entry_adjust",
    "entry_expire",
    "entry_grant",
    "entry_hold",
    "entry_refund",
    "entry_settle",
    "expired_during_the_hold",
    "given_once",
    "given_once_refused",
    "insufficient",
    "merged",
    "refunded",
    "returned_to_an_emptied_grant",
    "too_many_in_flight",
    *(f"tamper_{way.__name__}" for way in ledger_tampering.WAYS),
)


def pure(first: int, count: int) -> Figures:
    """Random operations on the rules, purse after purse."""
    if sabotaged():
        _sabotage()
    figures, met = Figures(), Counter[str]()
    for number in range(first, first + count, PURSE_STEPS):
        lot = random.Random(number)  # noqa: S311 - the same lot every time
        purse = Purse(lot, f"user:proof:{number}", shop=number // PURSE_STEPS % SHOP_EVERY == 0)
        for _ in range(min(PURSE_STEPS, first + count - number) * (3 if purse.shop else 1)):
            purse.step()
        if wrong := audit.verify(purse.balance, purse.entries):
            purse.wrong.append(f"the audit finds {wrong}")
        figures.runs += purse.count
        figures.blame(set(purse.wrong), purse.owner)
        met.update(purse.met)
    figures.reached.update(met)
    return figures


def tampered(first: int, count: int) -> Figures:
    """Ledgers of which one row was altered: each must be found."""
    if sabotaged():
        _sabotage()
    figures = Figures()
    ledger = _a_ledger(first)
    for number in range(first, first + count):
        if number % 50 == 0:
            ledger = _a_ledger(number)
        lot = random.Random(number)  # noqa: S311
        way = ledger_tampering.WAYS[number % len(ledger_tampering.WAYS)]
        balance, entries = way(ledger, lot)
        figures.runs += 1
        if (balance, entries) == ledger:
            continue
        figures.reached[f"tamper_{way.__name__}"] += 1
        if audit.verify(balance, entries) is None:
            figures.blame([f"{way.__name__} was not found"], f"tamper {number}")
    return figures


def _a_ledger(number: int) -> ledger_tampering.Ledger:
    purse = Purse(random.Random(number), "user:proof:tampered")  # noqa: S311
    for _ in range(LEDGER_STEPS):
        purse.step()
    return purse.balance, tuple(purse.entries)


def through_botocore(seed: int, count: int) -> Figures:
    """Random movements through the use cases, the adapters and botocore."""
    stage, figures, lot = Stage(Setting(policy=Policy(jobs_in_flight=4))), Figures(), random.Random(seed)  # noqa: S311
    if sabotaged():
        _sabotage()
    with seeded(stage.draw):
        stage.give(500)
        for number in range(count):
            _move(stage, lot, f"{seed}-{number}")
            figures.runs += 1
            stage.region.now += lot.choice((0, 1_000, 3_600_000))
            if number % 200 == 199:
                figures.blame(broken(stage.region, at_rest=False), f"botocore {seed}, movement {number}")
                _forget(stage)
    return figures


def _move(stage: Stage, lot: random.Random, key: str) -> None:
    world, owner = stage.world, ANN.owner
    jobs = [job for job in books(stage.region).jobs if job.payer == owner] if lot.random() < 0.5 else []
    open_jobs = [job for job in jobs if not job.final]
    charged = [job for job in jobs if job.charged > job.refunded]
    ways: list[Callable[[], Any]] = [
        lambda: world.accounts.grant(GrantRequest(amount=lot.randint(1, 30)), owner=owner, key=key, by="proof"),
        lambda: world.accounts.adjust(AdjustRequest(amount=lot.choice((-5, 5))), owner=owner, key=key, by="proof"),
        lambda: world.begin(quality=lot.choice(("low", "medium")), n=lot.randint(1, 3)),
    ]
    if open_jobs:
        job = lot.choice(open_jobs)
        ways += [lambda: _made(stage, job.id), lambda: world.cancel(job.id, caller=ANN)] * 3
    if charged:
        ask = RefundRequest.model_validate({"jobId": lot.choice(charged).id, "amount": 1})
        ways.append(lambda: world.refund(ask, owner=owner, key=key, by="proof"))
    try:
        lot.choice(ways)()
    except CallerError:
        return


def _made(stage: Stage, job_id: str) -> None:
    stage.region.director = Calm()
    for function in ("attempt", "settle"):
        actor = stage.region.spawn(function, {"jobId": job_id, "turn": 0, "dead": -1})
        stage.region.ready.clear()
        while not actor.done:
            stage.region.step(actor)


def _forget(stage: Stage) -> None:
    """Start a new ledger: what is read after each movement must not grow for ever."""
    for table in stage.region.dynamodb.tables.values():
        table.items.clear()
    stage.region.events.clear()
    stage.region.s3.objects.clear()
    stage.region.stepfunctions.executions.clear()
    stage.give(500)


def _sabotage() -> None:
    """Rules that return a credit too many, and an audit that trusts the hashes it reads."""
    settle, verify = spending.unspent, audit.verify

    def generous(draws: Any, charged: int) -> Any:
        return settle(draws, charged - 1 if charged > 1 else charged)

    def trusting(balance: Balance, entries: Iterable[Entry]) -> audit.Finding | None:
        finding = verify(balance, entries)
        return None if finding and "hash" in finding.what else finding

    spending.unspent, audit.verify = generous, trusting


def main() -> int:
    """Prove it."""
    figures = Figures()
    work: tuple[tuple[Callable[[int, int], Figures], int, int], ...] = (
        (pure, PURE, 20_000),
        (through_botocore, THROUGH_BOTOCORE, 1_000),
        (tampered, TAMPERS, 500),
    )
    with ProcessPoolExecutor(workers()) as pool:
        for what, full, share in work:
            wanted, before = max(share // 5, round(full * scale())), figures.runs
            share = min(share, wanted)
            firsts = range(0, wanted, share)
            for part in pool.map(what, firsts, [min(share, wanted - first) for first in firsts]):
                figures.add(part)
            figures.more[what.__name__] = figures.runs - before
    return figures.close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
