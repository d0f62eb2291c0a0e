"""Fifty jobs of a minute each on an account that may run ten functions: doors answer throughout, and every job ends."""

import random
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from easel.jobs.model import Status
from easel.policy import Policy
from tests.simulation import rare_states
from tests.simulation.aws.actors import Actor
from tests.simulation.aws.entropy import seeded
from tests.simulation.aws.faults import Fate
from tests.simulation.aws.orchestration import Ask
from tests.simulation.aws.region import Region
from tests.simulation.aws.replies import Call
from tests.simulation.invariants import books, broken
from tests.simulation.stage import Setting, Stage
from tests.support.report import Figures, sabotaged, scale, workers
from tests.support.world import ANN

JOBS = 50
QUOTA = 10  # of a new account
SEATS = 6  # what a stage of that quota gives to workers
PROVIDER_SECONDS = 60
PRICE = 6
POLLS = 600  # one a second, from the first start on
REPEATS = 1  # a poll that is turned away is sent again after two seconds, as Retry-After says
ROUNDS = 8
UNANSWERED_MAX = 0
REACHED = ("workers_waited_for_a_seat", "all_seats_taken", "polls_answered", "jobs_succeeded")


class Quota:
    """Lambda of an account that runs so many functions at once; calls to AWS take 5 to 15 ms."""

    def __init__(self, region: Region, lot: random.Random) -> None:
        self._region, self._lot = region, lot
        self.turned_away: dict[str, int] = {}

    def fate(self, actor: Actor, call: Call) -> Fate:
        self._region.sleep(self._lot.uniform(0.005, 0.015))
        if call.operation == "UpdateItem" and "heldBy" in call.params.get("UpdateExpression", ""):
            running = sum(one.function == "attempt" for one in self._region.live)
            self._region.reached["all_seats_taken"] += running >= SEATS
        return Fate.GO

    def invocation_fate(self, call: Call, *, task: bool) -> Fate:
        if len(self._region.live) < QUOTA:
            return Fate.GO
        self.turned_away[call.operation] = self.turned_away.get(call.operation, 0) + 1
        return Fate.THROTTLED


def busy_hour(seed: int) -> Figures:
    """One round: fifty starts within a minute, and somebody who looks at them every second."""
    figures = Figures(runs=1, executed=JOBS)
    asks = {f"start{number}": Ask("start", {}, repeats=8) for number in range(JOBS)}
    asks |= {
        f"poll{number}": Ask("status", {"jobId": f"$start{number % JOBS}"}, repeats=REPEATS) for number in range(POLLS)
    }
    seats = 0 if sabotaged() else SEATS  # the known bug: nothing bounds the workers
    policy = Policy(jobs_in_flight=JOBS, owner_per_minute=10 * JOBS, address_per_minute=10 * JOBS)
    stage = Stage(Setting(policy=policy, asks=asks, worker_seats=seats, latency=PROVIDER_SECONDS, grain=1))
    rare_states.watch(stage)
    lot = random.Random(seed)  # noqa: S311 - the same lot every time
    with seeded(stage.draw):
        stage.give(PRICE * JOBS)
        stage.random = lot.random
        stage.region.functions["status"] = partial(_look, stage)
        for number in range(JOBS):
            stage.region.soon(lot.uniform(0, 60), "client", f"start{number}", 0)
        for number in range(POLLS):
            stage.region.soon(60 + number, "client", f"poll{number}", 0)
        quota = stage.region.director = Quota(stage.region, lot)
        stage.rest()
        _judge(stage, figures, f"seed {seed}")
    figures.reached.update(stage.region.reached)
    figures.more = {f"turned_away_{name}": times for name, times in sorted(quota.turned_away.items())}
    return figures


def _look(stage: Stage, payload: dict[str, Any]) -> dict[str, Any]:
    seen = stage.world.status.read(payload["jobId"], caller=ANN)
    return {"status": seen.job.status}


def _judge(stage: Stage, figures: Figures, where: str) -> None:
    region = stage.region
    polls = [answer for name, answer in region.answers.items() if name.startswith("poll")]
    unanswered = [answer for answer in polls if "status" not in answer]
    if len(unanswered) > UNANSWERED_MAX or len(polls) < POLLS:
        figures.blame([f"{len(unanswered)} of {len(polls)} polls had no answer"], where)
    jobs = books(region).jobs
    succeeded = sum(job.status is Status.SUCCEEDED for job in jobs)
    if (len(jobs), succeeded) != (JOBS, JOBS):
        figures.blame([f"{succeeded} of {len(jobs)} jobs succeeded, {JOBS} were started"], where)
    waits = sum(len(job.attempts) == 1 and (job.started_at or 0) - job.created_at > 30_000 for job in jobs)
    region.reached["workers_waited_for_a_seat"] += waits
    region.reached["polls_answered"] += len(polls) - len(unanswered)
    region.reached["jobs_succeeded"] += succeeded
    figures.blame(broken(region, at_rest=True), where)


def main() -> int:
    """Prove it."""
    figures = Figures()
    turned_away: dict[str, int] = {}
    with ProcessPoolExecutor(workers()) as pool:
        for part in pool.map(busy_hour, range(max(1, round(ROUNDS * scale())))):
            figures.add(part)
            for name, times in part.more.items():
                turned_away[name] = turned_away.get(name, 0) + times
    figures.more = turned_away
    return figures.close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
