"""How soon a job goes on after a death at any call, with no client that repeats anything."""

import random
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from easel.maintenance.reconcile import Reconcile
from easel.policy import Clocks
from tests.simulation import rare_states
from tests.simulation.aws.actors import Actor
from tests.simulation.aws.entropy import seeded
from tests.simulation.aws.faults import Fate
from tests.simulation.aws.replies import Call
from tests.simulation.invariants import books, broken, unsent
from tests.simulation.journeys import JOURNEYS, Journey
from tests.simulation.sabotage import NobodyReconciles
from tests.simulation.stage import Setting, Stage
from tests.support.report import Figures, sabotaged, scale, workers

REPORTED_SECONDS_MAX = 180  # after a death that Lambda reported
CLOCKS = Clocks()
PAIRS = 8_000  # deaths of two, drawn by lot
REACHED = (
    "abandoned_attempt",
    "death_reported",
    "death_unreported",
    "late_evidence_met",
    "reconciler_moved_a_job",
    "reconciler_settled",
    "rule_on_a_broken_execution",
    "second_paid_call",
)
Deaths = tuple[tuple[int, bool], ...]  # at which call, and whether Lambda reports it


@dataclass
class Reaper:
    """Kills whoever makes certain calls; an unreported death looks to the workflow like a lost reply."""

    deaths: dict[int, bool]
    aborted: int | None = None  # the task at which an operator aborts the execution
    met: int = 0
    tasks: int = 0
    last_death: int = 0
    unreported: bool = False
    now: Any = None

    def fate(self, actor: Actor, call: Call) -> Fate:
        self.met += 1
        reported = self.deaths.get(self.met - 1)
        if reported is None:
            return Fate.GO
        self.last_death = self.now()
        if not reported and actor.function in {"attempt", "settle", "prepare"}:
            self.unreported = True
            actor.routes = [("silent", route) for route in actor.routes]
        return Fate.CRASH_AFTER

    def invocation_fate(self, call: Call, *, task: bool) -> Fate:
        self.tasks += task
        if not task or self.tasks - 1 != self.aborted:
            return Fate.GO
        return Fate.ABORTED  # nobody died: its worker lives on, and what it leaves is settled by the deadline


def lonely(journey: Journey) -> Journey:
    """The journey without a client that asks again."""
    return replace(journey, asks={name: (at, replace(ask, repeats=0)) for name, (at, ask) in journey.asks.items()})


class Ward:
    """One journey, run to its end with deaths."""

    def __init__(self, journey: Journey, figures: Figures) -> None:
        instead: dict[type, type] = {Reconcile: NobodyReconciles} if sabotaged() else {}
        self.stage = Stage(lonely(journey).setting(Setting(instead=instead)))
        self.region = self.stage.region
        self.figures = figures
        self.name = journey.name
        rare_states.watch(self.stage)
        told = self.region.on_answer
        self.region.on_answer = lambda route, actor: self._silence(route, actor, told)
        lonely(journey).begin(self.stage)
        self._begun = self.stage.photograph()

    def _silence(self, route: Any, actor: Actor, told: Any) -> None:
        """An invocation of which nobody hears again: Lambda's service says that it does not know."""
        if route[0] == "silent":
            self.region.soon(0, "undelivered", route[1], "Lambda.Unknown")
        else:
            told(route, actor)

    def run(self, deaths: Deaths, aborted: int | None = None) -> tuple[int, int]:
        """Run to rest; how many calls and tasks there were."""
        self.figures.runs += 1
        self.region.put_back(self._begun)
        reaper = self.region.director = Reaper(dict(deaths), aborted, now=lambda: self.region.now)
        self.stage.rest()
        self.figures.executed += reaper.met
        rare_states.at_rest(self.stage)
        where = f"{self.name}, deaths {deaths}, aborted at {aborted}"
        late = 60 * max(0, len(deaths) - 1)
        self.figures.blame(broken(self.region, at_rest=True, late_seconds=late), where)
        if not deaths and aborted is None:
            self.figures.blame(list(unsent(self.region)), where)
        if len(deaths) < 2 and reaper.last_death:
            self._measure(reaper, where)
        return reaper.met, reaper.tasks

    def _measure(self, reaper: Reaper, where: str) -> None:
        """The time from the death to the end: what is allowed, and the time of the providers asked since."""
        self.region.reached["death_unreported" if reaper.unreported else "death_reported"] += 1
        for job in books(self.region).jobs:
            took = ((job.finished_at or 0) - reaper.last_death) / 1000
            asked = [a for a in job.attempts if a.ended_at and a.ended_at > reaper.last_death]
            working = sum((a.ended_at or 0) - a.started_at for a in asked if a.calls) / 1000
            lease = CLOCKS.lease if reaper.unreported else 0
            allowed = REPORTED_SECONDS_MAX + lease + working
            self.longest = max(self.longest, took - working - lease)
            if took > allowed:
                self.figures.blame([f"took {took} s, {allowed} were allowed"], where)

    longest: float = 0


def journey_of_deaths(place: int) -> Figures:
    """Every death of a journey, reported and not, and pairs of them by lot."""
    figures = Figures()
    ward = Ward(JOURNEYS[place], figures)
    lot = random.Random(place)  # noqa: S311 - the same lot every time
    with seeded(ward.stage.draw):
        calls, tasks = ward.run(())
        for task in range(tasks):
            ward.run((), task)
        for call in range(calls):
            for reported in (True, False):
                ward.run(((call, reported),))
        for _ in range(round(PAIRS * scale() / len(JOURNEYS))):
            first, second = sorted(lot.sample(range(calls + 4), 2))
            ward.run(((first, lot.random() < 0.5), (second, lot.random() < 0.5)))
    figures.reached.update(ward.region.reached)
    figures.more["longest"] = ward.longest
    return figures


def main() -> int:
    """Prove it."""
    figures = Figures()
    longest = 0.0
    with ProcessPoolExecutor(workers()) as pool:
        for part in pool.map(journey_of_deaths, range(0, len(JOURNEYS), 1 if scale() >= 1 else 3)):
            figures.add(part)
            longest = max(longest, part.more["longest"])
    figures.more["longest_seconds_after_a_death"] = longest
    return figures.close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
