"""One owner starts 64 jobs at once while half of all writes conflict: all affordable ones are admitted, no more."""

import random
import sys
from concurrent.futures import ProcessPoolExecutor

from easel.credits.ledger import Ledger
from easel.policy import Policy
from tests.simulation import rare_states
from tests.simulation.aws.actors import Actor
from tests.simulation.aws.entropy import seeded
from tests.simulation.aws.faults import READS, Fate
from tests.simulation.aws.orchestration import Ask
from tests.simulation.aws.region import Region
from tests.simulation.aws.replies import Call
from tests.simulation.invariants import books, broken
from tests.simulation.sabotage import ForgetfulLedger
from tests.simulation.stage import Setting, Stage
from tests.support.report import Figures, sabotaged, scale, workers
from tests.support.world import ANN

STARTS = 64
SECONDS_MAX = 20
SPOILT = 0.5
ROUNDS = 30
PRICE = 6
REACHED = ("conflicts", "throttles", "all_affordable_admitted", "refused_for_want_of_credits", "start_lost_a_race")


class Contention:
    """Calls take 5 to 15 ms; half of the writes conflict and a tenth of the reads are throttled."""

    def __init__(self, region: Region, lot: random.Random) -> None:
        self._region = region
        self._lot = lot

    def fate(self, actor: Actor, call: Call) -> Fate:
        self._region.sleep(self._lot.uniform(0.005, 0.015))
        if call.service != "dynamodb" or self._lot.random() >= (SPOILT / 5 if call.operation in READS else SPOILT):
            return Fate.GO
        self._region.reached["conflicts" if call.operation == "TransactWriteItems" else "throttles"] += 1
        return Fate.THROTTLED

    def invocation_fate(self, call: Call, *, task: bool) -> Fate:
        return Fate.GO


def crush(seed: int) -> Figures:
    """One round: 64 starts in the same instant; some rounds can afford all of them, some only 40."""
    figures = Figures(runs=1, executed=STARTS)
    affordable = STARTS if seed % 2 else 40
    asks = {f"start{number}": Ask("start", {}, repeats=8) for number in range(STARTS)}
    instead: dict[type, type] = {Ledger: ForgetfulLedger} if sabotaged() else {}
    stage = Stage(Setting(policy=Policy(jobs_in_flight=STARTS), asks=asks, instead=instead, grain=1))
    rare_states.watch(stage)
    lot = random.Random(seed)  # noqa: S311 - the same lot every time
    with seeded(stage.draw):
        stage.give(PRICE * affordable + 1)
        begun = stage.region.now
        stage.random = lot.random
        for name in asks:
            stage.region.soon(0, "client", name, 0)
        stage.region.director = Contention(stage.region, lot)
        stage.region.on_event["begin"] = lambda name: None  # what comes after the start is another proof's
        _until_all_are_answered(stage, begun, figures, seed)
        _judge(stage, affordable, figures, f"seed {seed}")
    figures.reached.update(stage.region.reached)
    return figures


def _until_all_are_answered(stage: Stage, begun: int, figures: Figures, seed: int) -> None:
    region = stage.region
    while region.advance(begun + 10 * SECONDS_MAX * 1000):
        balance = stage.world.ledger.balance(ANN.owner)
        if min(balance.available, balance.held) < 0:
            figures.blame([f"below zero: {balance.available} available, {balance.held} held"], f"seed {seed}")
    took = (region.now - begun) / 1000
    figures.more["slowest_seconds"] = took
    if took > SECONDS_MAX:
        figures.blame([f"took {took} s"], f"seed {seed}")


def _judge(stage: Stage, affordable: int, figures: Figures, where: str) -> None:
    region = stage.region
    admitted = sum(1 for answer in region.answers.values() if "jobId" in answer)
    refused = sum(1 for answer in region.answers.values() if answer.get("error") == "insufficient_credits")
    if (admitted, refused) != (affordable, STARTS - affordable) or len(books(region).jobs) != affordable:
        figures.blame([f"{admitted} admitted, {refused} refused, {affordable} affordable"], where)
    region.reached["all_affordable_admitted"] += admitted == affordable
    region.reached["refused_for_want_of_credits"] += refused
    figures.blame(broken(region, at_rest=False), where)


def main() -> int:
    """Prove it."""
    figures, slowest = Figures(), 0.0
    with ProcessPoolExecutor(workers()) as pool:
        for part in pool.map(crush, range(max(2, round(ROUNDS * scale())))):
            figures.add(part)
            slowest = max(slowest, part.more["slowest_seconds"])
    figures.more["slowest_seconds"] = slowest
    return figures.close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
