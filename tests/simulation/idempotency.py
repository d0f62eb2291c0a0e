"""One key is one job: by every route and in every state of the job, and with fifty duplicates at the same moment."""

import random
import sys
from concurrent.futures import ProcessPoolExecutor

from easel.jobs.ids import keyed
from easel.policy import Policy
from easel.submission.start import Start
from tests.simulation import rare_states
from tests.simulation.aws.director import Calm
from tests.simulation.aws.entropy import seeded
from tests.simulation.concurrent_calls import mix
from tests.simulation.idempotency_matrix import cells
from tests.simulation.invariants import broken
from tests.simulation.sabotage import PerProcessKeys
from tests.simulation.stage import Setting, Stage
from tests.support.deployed import sixteen_threads
from tests.support.report import Figures, sabotaged, scale, workers
from tests.support.world import ANN, SECRET

ROUNDS = 2_000
DUPLICATES = 50
LOT = "one key is one job"
REACHED = (
    "refused_by_another_body",
    "refused_as_erased",
    "replay",
    "replay_during_settle",
    "replay_launched_a_job",
    "start_lost_a_race",
)


def setting() -> Setting:
    """The stage of every round."""
    return Setting(policy=Policy(jobs_in_flight=64), instead={Start: PerProcessKeys} if sabotaged() else {})


def rounds(first: int, count: int) -> Figures:
    """So many rounds of simultaneous duplicates, in every second one beside the job's own workers."""
    stage, figures = Stage(setting()), Figures()
    rare_states.watch(stage, expected=())
    with seeded(stage.draw):
        stage.give(1000)
        begun = stage.photograph()
        for number in range(first, first + count):
            stage.region.put_back(begun)
            _round(stage, number, figures)
            figures.runs += 1
            figures.executed += DUPLICATES
    figures.reached.update(stage.region.reached)
    return figures


def _round(stage: Stage, number: int, figures: Figures) -> None:
    region, key = stage.region, f"order-{number}"
    payload = {"fields": {"prompt": "a lamp"}, "key": key}
    actors = [region.spawn("start", payload) for _ in range(DUPLICATES)]
    if number % 2:
        of_job = {"jobId": keyed(SECRET, ANN.owner, key)}
        actors += [region.spawn("attempt", {**of_job, "turn": turn, "dead": -1}) for turn in range(3)]
        actors += [region.spawn("settle", of_job) for _ in range(3)]
    mix(region, actors, random.Random(f"{LOT} {number}"))  # noqa: S311 - the same lot every time
    answers = [actor.answer or {"error": repr(actor.error)} for actor in actors[:DUPLICATES]]
    jobs = {answer.get("jobId", answer.get("error")) for answer in answers}
    first = sum(1 for answer in answers if answer.get("replayed") is False)
    executions = len(region.stepfunctions.executions)
    if (len(jobs), first, executions) != (1, 1, 1):
        figures.blame([f"{len(jobs)} answers, {first} first ones, {executions} executions"], f"round {number}")
    figures.blame(broken(region, at_rest=False), f"round {number}")
    if number % 10 == 0:
        region.director = Calm()
        stage.rest()
        figures.blame(broken(region, at_rest=True), f"round {number}, at rest")


def every_cell() -> Figures:
    """Key, body, state and route, one at a time."""
    stage, figures = Stage(setting()), Figures()
    with seeded(stage.draw):
        for cell in cells(stage):
            figures.runs += 1
            figures.blame(cell.wrong, cell.name)
            figures.reached.update(cell.reached)
    figures.more["cells"] = figures.runs
    return figures


def main() -> int:
    """Prove it."""
    figures = every_cell()
    wanted = max(2, round(ROUNDS * scale()))
    share = -(-wanted // (workers() * 4))
    starts = range(0, wanted, share)
    with ProcessPoolExecutor(workers()) as pool:
        for part in pool.map(rounds, starts, [min(share, wanted - start) for start in starts]):
            figures.add(part)
    figures.more["rounds"] = wanted
    if scale() >= 1 and not sabotaged():
        figures.more["deployed"], wrong = sixteen_threads()
        figures.blame(wrong, "the deployed stack")
    return figures.close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
