"""Twelve bugs that real products shipped, seeded one at a time: each is caught, and without it nothing is."""

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

from easel.credits.ledger import Ledger
from easel.execution.begin import BeginAttempt
from easel.execution.open_attempts import OpenAttempts
from easel.settlement.refund import Refund
from easel.settlement.settle import Settle
from easel.submission.drafts import Drafts
from easel.submission.hold import Hold
from easel.submission.start import Start
from tests.simulation import rare_states, seeded_bugs
from tests.simulation.aws.entropy import seeded
from tests.simulation.aws.makers import Maker
from tests.simulation.aws.orchestration import Ask
from tests.simulation.explorer import Explorer
from tests.simulation.interleavings import Interleavings
from tests.simulation.invariants import broken, unsent
from tests.simulation.journeys import DOWN, Journey, start
from tests.simulation.races import Race
from tests.simulation.sabotage import ForgetfulLedger, PerProcessKeys
from tests.simulation.stage import Setting, Stage
from tests.support.report import Figures, note, sabotaged, workers
from tests.support.world import ANN


def journey(**changes: object) -> Callable[[Setting, Figures], None]:
    """A journey with every single fault."""

    def explore(setting: Setting, figures: Figures) -> None:
        told = replace(Journey("exhibit", {"job": (0, start())}), **changes)  # type: ignore[arg-type]
        stage = Stage(told.setting(setting))
        rare_states.watch(stage)
        with seeded(stage.draw):
            told.begin(stage)
            figures.runs += Explorer(stage, told.name, figures, stop=lambda: bool(figures.violations)).explore(1)

    return explore


def calm(**changes: object) -> Callable[[Setting, Figures], None]:
    """A journey on which no worker is killed: what was spent was sent."""

    def run(setting: Setting, figures: Figures) -> None:
        told = replace(Journey("exhibit", {"job": (0, start())}), **changes)  # type: ignore[arg-type]
        stage = Stage(told.setting(setting))
        with seeded(stage.draw):
            told.begin(stage)
            stage.rest()
        figures.runs += 1
        figures.blame([*broken(stage.region, at_rest=True), *unsent(stage.region)], "calm")

    return run


def two_starts(setting: Setting, figures: Figures) -> None:
    """Two starts of one owner, call by call in every order."""
    stage = Stage(replace(setting, asks={"J": start(key="J")}, latency=0))
    with seeded(stage.draw):
        race = Race(stage)
        Interleavings(stage, race.scene("queued", ("start", "expire")), "two at once", figures).explore()


def refund(key: str, amount: int | None = None) -> Ask:
    """A refund, all that is left or less."""
    fields = {} if amount is None else {"amount": amount}
    return Ask("refund", {"jobId": "$job", "owner": ANN.owner, "key": key, "fields": fields})


@dataclass(frozen=True)
class Exhibit:
    """A bug, in whose place it stands, and what brings it to light."""

    instead: dict[type, type]
    shown_by: Callable[[Setting, Figures], None]


TWO_JOBS = {"job": (0, start()), "other": (1, start())}
TWO_CALLBACKS = {"job": (0, start()), "refund": (60, refund("r")), "refund/again": (61, refund("r"))}
PART_AND_WHOLE = {"job": (0, start()), "part": (60, refund("p", 2)), "whole": (61, refund("w"))}
ONE_KEY_TWICE = {"job": (0, start(key="k")), "job/again": (5, start(key="k"))}

EXHIBITS = {
    "check_then_act_charge": Exhibit({Ledger: ForgetfulLedger}, two_starts),
    "negative_price_mints_credit": Exhibit(
        {Drafts: seeded_bugs.NegativePrice, Hold: seeded_bugs.HoldsWhateverItSays}, journey()
    ),
    "refund_repeated_by_a_retried_callback": Exhibit({Refund: seeded_bugs.RefundsAgain}, journey(asks=TWO_CALLBACKS)),
    "refund_of_the_original_amount": Exhibit({Refund: seeded_bugs.RefundsTheOriginal}, journey(asks=PART_AND_WHOLE)),
    "refund_in_a_second_write": Exhibit(
        {Settle: seeded_bugs.SettlesInTwo}, journey(scripts={"openai": DOWN, "openai_compatible": DOWN})
    ),
    "charge_kept_on_failure": Exhibit(
        {Settle: seeded_bugs.KeepsTheCharge}, journey(scripts={"openai": DOWN, "openai_compatible": DOWN})
    ),
    "second_start_path_without_holds": Exhibit({Hold: seeded_bugs.IgnoresHolds}, journey()),
    "one_frozen_aggregate": Exhibit({Settle: seeded_bugs.FrozenAggregate}, journey(asks=TWO_JOBS)),
    "per_process_idempotency_keys": Exhibit({Start: PerProcessKeys}, journey(asks=ONE_KEY_TWICE)),
    "spent_and_never_sent": Exhibit({BeginAttempt: seeded_bugs.LoadsTooLate}, calm(no_secrets_seconds=15)),
    "paid_and_never_told": Exhibit(
        {OpenAttempts: seeded_bugs.ForgetsFailedCalls}, calm(scripts={"openai": DOWN, "openai_compatible": DOWN})
    ),
    "sdk_retry_that_pays_twice": Exhibit({Maker: seeded_bugs.RetriesInside}, journey(scripts={"openai": ("silent",)})),
}


def shown(name: str, seed: bool) -> Figures:
    """One exhibit's scene, with its bug or without."""
    figures, exhibit = Figures(), EXHIBITS[name]
    exhibit.shown_by(Setting(instead=exhibit.instead if seed else {}), figures)
    return figures


def main() -> int:
    """Prove it."""
    figures, names, seed = Figures(), list(EXHIBITS), not sabotaged()
    with ProcessPoolExecutor(workers()) as pool:
        for name, part in zip(names, pool.map(shown, names, [seed] * len(names)), strict=True):
            figures.runs += part.runs
            figures.executed += part.executed
            figures.reached[name] += sum(part.violations.values())
            note(f"{name}: {next(iter(part.violations), 'not caught')}")
        for name, part in zip(names, pool.map(shown, names, [False] * len(names)), strict=True):
            figures.runs += part.runs
            figures.violations.update({f"{name}, without its bug: {what}": n for what, n in part.violations.items()})
    return figures.close(names)


if __name__ == "__main__":
    sys.exit(main())
