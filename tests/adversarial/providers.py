"""Every adapter through its real SDK and wire: one contract, each scenario, and what each cannot have said aloud."""

import sys
from collections import Counter
from dataclasses import dataclass

from easel.providers.errors import ProviderError, ProviderUnknown
from easel.providers.protocol import Made, Order, Provider, QueueProvider, Task
from local.standins.server import Server
from tests.adversarial.adapter_runs import Bench, Build, as_it_is
from tests.adversarial.provider_scenarios import SCENARIOS
from tests.adversarial.provider_wires import SETUPS, Setup, a_server
from tests.support.report import Figures, sabotaged, scale

PROMPTS = ("A lighthouse at dusk", "Portrait of a cat, ink on paper — 猫", "A ceramic lamp on a walnut side table")
ERRORS = (
    "ProviderRefused",
    "ProviderBusy",
    "ProviderUnavailable",
    "ProviderMisconfigured",
    "ProviderUnknown",
    "task_taken_on",
    "looked_again",
)
REACHED = (*SCENARIOS, *ERRORS)


@dataclass(frozen=True)
class AsksAgain:
    """A known bug: an adapter that sends a call again when nobody heard how it ended."""

    provider: Provider

    def make(self, order: Order) -> Made:
        """Ask, and ask again."""
        try:
            return self.provider.make(order)
        except ProviderUnknown:
            return self.provider.make(order)


@dataclass(frozen=True)
class HandsInAgain:
    """The same bug where orders are handed in."""

    provider: QueueProvider

    def submit(self, order: Order) -> Task:
        """Hand in, and hand in again."""
        try:
            return self.provider.submit(order)
        except ProviderUnknown:
            return self.provider.submit(order)

    def look(self, task_id: str, order: Order) -> Made | Task:
        """As it is."""
        return self.provider.look(task_id, order)

    def cancel(self, task_id: str) -> None:
        """As it is."""
        self.provider.cancel(task_id)


def broken_build(setup: Setup, root: str) -> Provider | QueueProvider:
    """An adapter with the known bug."""
    provider = setup.build(root)
    return HandsInAgain(provider) if isinstance(provider, QueueProvider) else AsksAgain(provider)


def tried(
    setup: Setup, scenario: str, server: Server, *, build: Build = as_it_is, prompt: str = PROMPTS[0]
) -> tuple[list[str], Counter[str]]:
    """What does not hold when an adapter goes through a scenario, and the states it met."""
    server.stage.reset()
    bench = Bench(setup, server, build=build, prompt=prompt)
    try:
        SCENARIOS[scenario](bench)
    except ProviderError as error:
        bench.broken.append(f"{type(error).__name__}: {error.reason}")
    bench.reached[scenario] += 1
    return bench.broken, bench.reached


def main() -> int:
    """Prove it."""
    figures = Figures()
    build = broken_build if sabotaged() else as_it_is
    prompts = PROMPTS if scale() >= 1 else PROMPTS[:1]
    declared: dict[str, dict[str, str]] = {}
    with a_server() as server:
        _queue_takes_its_time(server, figures)
        for setup in SETUPS:
            declared[setup.name] = dict(setup.lacks)
            for scenario in (name for name in SCENARIOS if name not in setup.lacks):
                for prompt in prompts:
                    broken, reached = tried(setup, scenario, server, build=build, prompt=prompt)
                    figures.blame(broken, f"{setup.name}: {scenario}")
                    figures.reached.update(reached)
                    figures.runs += 1
    figures.more = {
        "adapters": len(SETUPS),
        "scenarios": sum(len(SCENARIOS) - len(setup.lacks) for setup in SETUPS),
        "declared": declared,
    }
    return figures.close(REACHED)


def _queue_takes_its_time(server: Server, figures: Figures) -> None:
    """A task that is not done at the first look."""
    setup = next(setup for setup in SETUPS if setup.name == "fal")
    bench = Bench(setup, server)
    bench.will("later", seconds=0.5)
    bench.holds(bench.usable(bench.make()) == 1, "no image")
    bench.asked(1)
    figures.blame(bench.broken, "fal: a task that takes its time")
    figures.reached.update(bench.reached)


if __name__ == "__main__":
    sys.exit(main())
