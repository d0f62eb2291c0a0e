"""Wrong clocks, a late index, messages that come twice and out of order: two thousand worlds by lot."""

import hashlib
import random
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from easel.policy import Policy
from easel.settlement.settle import Settle
from tests.simulation import rare_states
from tests.simulation.aws.actors import Actor
from tests.simulation.aws.entropy import seeded
from tests.simulation.aws.faults import CALL_FATES, TASK_FATES, Fate
from tests.simulation.aws.orchestration import Ask
from tests.simulation.aws.region import Region
from tests.simulation.aws.replies import Call
from tests.simulation.invariants import broken
from tests.simulation.journeys import of_job, start
from tests.simulation.seeded_bugs import SettlesInTwo
from tests.simulation.stage import Setting, Stage
from tests.support.report import Figures, sabotaged, scale, workers
from tests.support.world import ANN

SEEDS = 2_000
SKEW = 600_000  # ms, either way
LAG = 60_000
TTL_LATE = 7 * 86_400_000
FAULTS = 0.03
TWICE_AS_OFTEN = 10  # every so many worlds is lived twice
SCRIPTS = (("make",), ("down", "make"), ("silent",), ("busy", "make"), ("refuse",), ("short",))
REACHED = (
    "abandoned_attempt",
    "clock_ahead",
    "clock_behind",
    "delivered_twice",
    "evidence_after_the_lease",
    "expired_rows",
    "index_was_behind",
    "late_evidence_met",
    "lived_twice",
    "reconciler_settled",
    "replay",
    "second_paid_call",
    "settle_lost_a_race",
)


class Weather:
    """Everything drawn by lot: delays before calls, faults, wrong clocks, messages delivered twice or late."""

    def __init__(self, region: Region, lot: random.Random) -> None:
        self._region = region
        self._lot = lot

    def fate(self, actor: Actor, call: Call) -> Fate:
        if not actor.skew:
            actor.skew = self._lot.randint(-SKEW, SKEW) or 1
            self._region.reached["clock_ahead" if actor.skew > 0 else "clock_behind"] += 1
        self._region.sleep(self._lot.choice((0, 0.004, 0.02, 1.5)))
        return self._lot.choice(CALL_FATES) if self._lot.random() < FAULTS else Fate.GO

    def invocation_fate(self, call: Call, *, task: bool) -> Fate:
        if self._lot.random() >= 2 * FAULTS:
            return Fate.GO
        fate = self._lot.choice(TASK_FATES[:-1])
        self._region.reached["delivered_twice"] += fate is Fate.TWICE
        return fate


def asks(lot: random.Random) -> dict[str, tuple[float, Ask]]:
    """Jobs started twice out of order, canceled, erased; credits granted twice."""
    grant = Ask("grant", {"fields": {"amount": 5}, "owner": ANN.owner, "key": "g"}, repeats=2)
    planned = {
        "a/1": start(key="a", repeats=3),
        "a/2": start(key="a", repeats=3),
        "b": start(key="b", repeats=3, n=2),
        "c": start(),
        "cancel": of_job("cancel", "b", repeats=2),
        "erase": of_job("erase", "c", repeats=2),
        "g/1": grant,
        "g/2": grant,
    }
    return {name: (round(lot.uniform(0, 200), 3), ask) for name, ask in planned.items()}


def world(seed: int) -> tuple[Figures, str]:
    """One world, and the digest of all that happened in it."""
    lot, figures = random.Random(seed), Figures(runs=1)  # noqa: S311 - the same lot every time
    planned = asks(lot)
    setting = Setting(
        scripts={"openai": lot.choice(SCRIPTS), "openai_compatible": lot.choice(SCRIPTS)},
        queues=frozenset({"openai"} if lot.random() < 0.2 else ()),
        asks={name: ask for name, (_, ask) in planned.items()},
        policy=Policy(welcome_credits=20),
        instead={Settle: SettlesInTwo} if sabotaged() else {},
        grain=1,
        lag=LAG,
    )
    stage = Stage(setting)
    rare_states.watch(stage)
    region = stage.region
    region.trace = []
    stage.random = lot.random
    with seeded(stage.draw):
        stage.give(30)
        for name, (seconds, _) in planned.items():
            region.soon(seconds, "client", name, 0)
        region.soon(60, "minute")
        region.director = Weather(region, lot)
        stage.rest()
        rare_states.at_rest(stage)
        late = (2 * SKEW + LAG) // 1000 + 600  # and as long as faults may go on
        figures.blame(broken(region, at_rest=True, late_seconds=late), f"seed {seed}")
        _rows_expire(stage, figures, seed)
    figures.executed = len(region.trace)
    figures.reached.update(region.reached)
    trace = hashlib.sha256(repr((region.trace, sorted(_stored(stage)))).encode()).hexdigest()
    return figures, trace


def _stored(stage: Stage) -> list[str]:
    tables = stage.region.dynamodb.tables
    return [repr((name, key, stored.wire)) for name, table in tables.items() for key, stored in table.items.items()]


def _rows_expire(stage: Stage, figures: Figures, seed: int) -> None:
    """What TTL deletes, a week late, was owed to nobody."""
    region = stage.region
    region.now += TTL_LATE * 3
    gone = sum(table.expire(region.now, late=TTL_LATE) for table in region.dynamodb.tables.values())
    region.reached["expired_rows"] += gone
    figures.blame(broken(region, at_rest=True, late_seconds=10**6), f"seed {seed}, after the TTL")


def worlds(seeds: range) -> Figures:
    """So many worlds; of some it is checked that a second life is the same."""
    figures = Figures()
    for seed in seeds:
        part, trace = world(seed)
        if seed % TWICE_AS_OFTEN == 0:
            part.reached["lived_twice"] += 1
            if world(seed)[1] != trace:
                part.blame(["the same seed led to another trace"], f"seed {seed}")
        figures.add(part)
    return figures


def main() -> int:
    """Prove it."""
    figures, wanted = Figures(reached=Counter()), max(10, round(SEEDS * scale()))
    share = max(1, wanted // (workers() * 8))
    with ProcessPoolExecutor(workers()) as pool:
        for part in pool.map(worlds, [range(at, min(at + share, wanted)) for at in range(0, wanted, share)]):
            figures.add(part)
    return figures.close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
