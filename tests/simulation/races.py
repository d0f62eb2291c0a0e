"""Every pair, and the triples that move credits, mixed call by call in every order."""

import itertools
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

from easel.credits.ledger import Ledger
from tests.simulation import rare_states
from tests.simulation.aws.actors import Actor
from tests.simulation.aws.director import Calm
from tests.simulation.aws.entropy import seeded
from tests.simulation.aws.faults import Fate, Killed
from tests.simulation.aws.photograph import Photograph
from tests.simulation.aws.replies import Call, Wire
from tests.simulation.interleavings import Interleavings, Scene
from tests.simulation.journeys import start
from tests.simulation.sabotage import ForgetfulLedger
from tests.simulation.stage import Setting, Stage
from tests.support.report import Figures, sabotaged, scale, workers
from tests.support.world import ANN

KINDS = ("start", "duplicate", "attempt", "late", "settle", "cancel", "reconcile", "grant", "expire", "erase")
TRIPLES = tuple(itertools.combinations_with_replacement(("settle", "cancel", "reconcile", "grant"), 3))
BASES = ("queued", "open", "over", "stored")
REACHED = (
    "cancel_lost_a_race",
    "evidence_after_the_lease",
    "grant_lost_a_race",
    "job_moved_under_a_writer",
    "late_evidence_met",
    "reconciler_settled",
    "release_beside_an_open_lease",
    "replay",
    "replay_during_settle",
    "second_worker_met_an_open_lease",
    "settle_lost_a_race",
    "settle_waited_for_a_lease",
    "start_lost_a_race",
)
LEASE_OVER = 431
DUE = 500  # the lease and the reconciler's grace are over


class DiesAtTheProvider(Calm):
    """The worker is gone the moment it has asked."""

    def fate(self, actor: Actor, call: Call) -> Fate:
        return Fate.CRASH_AFTER if call.service == "provider" else Fate.GO


class Race:
    """One stage, its bases, and who may meet there."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.region = stage.region
        self.job = ""

    def base(self, name: str) -> Photograph:
        """The job `J` of Ann's, at some point of its life; a grant of hers has expired meanwhile."""
        self.stage.give(100)
        self.stage.give(7, expiresAt="2026-10-28T12:00:05Z", priority=500)
        self.region.soon(0, "client", "J", 0)
        self.region.soon(60, "minute")
        self.region.director = Calm()
        self.region.advance(self.region.now)
        self.job = self.region.answers["J"]["jobId"]
        if name in {"open", "over"}:
            self.region.director = DiesAtTheProvider()
        if name != "queued":
            self._alone("attempt")
        self.region.now += {"queued": 10, "open": 10, "over": DUE, "stored": 1000}[name] * 1000
        return self.stage.photograph()

    def _alone(self, kind: str) -> None:
        actor = self.region.spawn(*self.who(kind, ()))
        self.region.ready.clear()
        while not actor.done:
            self.region.step(actor)

    def who(self, kind: str, others: Sequence[str]) -> tuple[str, Wire]:
        """The function and payload of one of those who meet."""
        fresh: Wire = {"fields": {}, "key": "new", "owner": ANN.owner}
        of_job: Wire = {"jobId": self.job, "owner": ANN.owner}
        grant: Wire = {"fields": {"amount": 5}, "owner": ANN.owner, "key": "g"}
        match kind:
            case "start":
                return "start", fresh
            case "duplicate":
                return "start", fresh if "start" in others else {**fresh, "key": "J"}
            case "attempt" | "late":
                return "attempt", {**of_job, "turn": 0, "dead": -1}
            case "grant":
                return "grant", grant
            case "expire":  # whoever moves credits sweeps what has expired
                return "grant", {**grant, "fields": {"amount": 1}, "key": "h"}
            case "reconcile":
                return "reconcile", {}
        return kind, of_job

    def scene(self, base: str, kinds: Sequence[str]) -> Scene:
        """These kinds, met at that base; late ones have asked their provider long ago."""
        photograph = self.base(base)

        def invocations() -> Sequence[Actor]:
            return [self.region.spawn(*self.who(kind, [*kinds[:i], *kinds[i + 1 :]])) for i, kind in enumerate(kinds)]

        def enter(actors: Sequence[Actor]) -> None:
            for actor, kind in zip(actors, kinds, strict=True):
                if kind == "late":
                    self._to_its_pictures(actor)
            for actor, kind in zip(actors, kinds, strict=True):
                if kind != "late":
                    self.region.step(actor)

        return Scene(photograph, invocations, enter)

    def _to_its_pictures(self, actor: Actor) -> None:
        """Let a worker ask its provider, and come back when its lease is over."""
        while not actor.done and actor.calls == 0:
            self.region.step(actor)
        self.region.now += LEASE_OVER * 1000


def meetings() -> list[tuple[str, tuple[str, ...]]]:
    """Who meets whom, where; the longest first."""
    pairs = list(itertools.combinations_with_replacement(KINDS, 2))
    met: list[tuple[str, tuple[str, ...]]] = [
        (base, triple) for triple in TRIPLES for base in ("over", "queued", "stored")
    ]
    for pair in reversed(pairs):
        met += [(base, pair) for base in (("queued",) if "late" in pair else BASES)]
    return met


def race(base: str, kinds: tuple[str, ...]) -> Figures:
    """Every order of one meeting."""
    instead: dict[type, type] = {Ledger: ForgetfulLedger} if sabotaged() else {}
    stage = Stage(Setting(asks={"J": start(key="J")}, instead=instead, latency=0))
    rare_states.watch(stage, expected=(Killed,))
    figures = Figures()
    with seeded(stage.draw):
        name = f"{'+'.join(kinds)} at {base}"
        found: Callable[[], bool] = lambda: sabotaged() and bool(figures.violations)  # noqa: E731 — one is enough
        Interleavings(stage, Race(stage).scene(base, kinds), name, figures, stop=found).explore()
    figures.reached.update(stage.region.reached)
    return figures


def main() -> int:
    """Prove it."""
    figures, met = Figures(), meetings()
    wanted = os.environ.get("MEETINGS", "")  # "settle+settle+grant@queued,…": these alone
    met = [(base, kinds) for base, kinds in met if not wanted or f"{'+'.join(kinds)}@{base}" in wanted.split(",")]
    met = met[:: max(1, round(1 / scale()))]
    with ProcessPoolExecutor(workers()) as pool:
        for part in pool.map(race, *zip(*met, strict=True)):
            figures.add(part)
            if sabotaged() and figures.violations:
                pool.shutdown(cancel_futures=True)
                break
    figures.more["meetings"] = len(met)
    return figures.close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
