"""Every crash, loss and delay at every call of every journey, alone and in pairs: no job lost, nothing paid twice."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor

from easel.settlement.settle import Settle
from tests.simulation import rare_states
from tests.simulation.aws.entropy import seeded
from tests.simulation.explorer import Explorer
from tests.simulation.journeys import JOURNEYS, by_name
from tests.simulation.seeded_bugs import SettlesInTwo
from tests.simulation.stage import Setting, Stage
from tests.support.report import Figures, note, sabotaged, scale, workers

RUNS_MIN = 100_000
REACHED = (
    "abandoned_attempt",
    "charged_after_cancel",
    "evidence_after_the_lease",
    "evidence_was_there",
    "execution_existed",
    "job_moved_under_a_writer",
    "late_evidence_met",
    "nothing_was_started",
    "reconciler_moved_a_job",
    "reconciler_settled",
    "release_beside_an_open_lease",
    "replay",
    "rule_on_a_broken_execution",
    "second_paid_call",
    "second_reservation",
    "second_worker_met_an_open_lease",
    "settle_lost_a_race",
    "settle_waited_for_a_lease",
)


def broken_journey(name: str, faults: int) -> Figures:
    """One journey with up to so many faults."""
    instead: dict[type, type] = {Settle: SettlesInTwo} if sabotaged() else {}
    journey = by_name(name)
    stage = Stage(journey.setting(Setting(instead=instead)))
    figures = Figures()
    rare_states.watch(stage)
    with seeded(stage.draw):
        journey.begin(stage)
        explorer = Explorer(stage, name, figures, stop=lambda: sabotaged() and bool(figures.violations))
        figures.runs = explorer.explore(faults)
    figures.reached.update(stage.region.reached)
    figures.more = {name: {"runs": figures.runs, "executed": figures.executed, "states": explorer.states}}
    return figures


def main() -> int:
    """Prove it."""
    figures = Figures()
    # The long journeys are the later ones: begun first, so that no core waits for them at the end.
    names = os.environ.get("JOURNEYS", ",".join(journey.name for journey in reversed(JOURNEYS))).split(",")
    faults = 2 if scale() >= 1 else 1
    with ProcessPoolExecutor(workers()) as pool:
        for part in pool.map(broken_journey, names, [faults] * len(names)):
            figures.add(part)
            figures.more.setdefault("journeys", {}).update(part.more)
            note(part.more)
    if faults == 2 and len(names) == len(JOURNEYS) and figures.runs < RUNS_MIN:
        figures.blame([f"only {figures.runs} runs"], "crash")
    return figures.close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
