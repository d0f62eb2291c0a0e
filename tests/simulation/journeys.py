"""The journeys of a job that the proofs break in every way: what clients ask when, and what providers do."""

from dataclasses import dataclass, field, replace

from easel.policy import Policy
from tests.simulation.aws.orchestration import Ask
from tests.simulation.aws.replies import Wire
from tests.simulation.stage import Setting, Stage
from tests.support.builders import a_data_url
from tests.support.world import ANN

DOWN = ("down",)
KEYED = {"key": "order-1"}


@dataclass(frozen=True)
class Journey:
    """What happens without faults. `asks` by name, each at its seconds; asks of one key share the name before `/`."""

    name: str
    asks: dict[str, tuple[float, Ask]]
    scripts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    queues: frozenset[str] = frozenset()
    no_states_seconds: int = 0  # how long Step Functions refuses everybody
    no_secrets_seconds: int = 0  # how long providers' keys cannot be read
    policy: Policy = field(default_factory=Policy)

    def setting(self, base: Setting) -> Setting:
        """The stage that this journey happens on."""
        asks = {name: ask for name, (_, ask) in self.asks.items()}
        return replace(base, scripts=self.scripts, queues=self.queues, asks=asks, policy=self.policy)

    def begin(self, stage: Stage) -> None:
        """Put everything on the stage that is to come."""
        stage.give()
        for name, (seconds, _) in self.asks.items():
            stage.region.soon(seconds, "client", name, 0)
        stage.region.soon(60, "minute")
        stage.no_secrets_until = stage.region.now + self.no_secrets_seconds * 1000
        if self.no_states_seconds:
            stage.region.fail_until("states", stage.region.now + self.no_states_seconds * 1000)


def start(repeats: int = 0, key: str | None = None, **fields: object) -> Ask:
    """The start of a job; with a key it is asked again until it is answered."""
    payload: Wire = {"fields": fields}
    if key:
        payload["key"] = key
    return Ask("start", payload, repeats=repeats)


def of_job(function: str, job: str = "job", repeats: int = 0) -> Ask:
    """Something done to the job that an earlier ask led to."""
    return Ask(function, {"jobId": f"${job}", "owner": ANN.owner}, repeats=repeats)


JOURNEYS = (
    Journey("happy", {"job": (0, start())}),
    Journey("keyed", {"job": (0, start(key="k", repeats=3))}),
    Journey("fallback", {"job": (0, start())}, {"openai": DOWN}),
    Journey("refusal", {"job": (0, start())}, {"openai": ("refuse",)}),
    Journey("all_down", {"job": (0, start())}, {"openai": DOWN, "openai_compatible": DOWN}),
    Journey("canceled_in_flight", {"job": (0, start()), "cancel": (5, of_job("cancel", repeats=2))}),
    Journey("canceled_before", {"job": (0, start()), "cancel": (0, of_job("cancel", repeats=2))}),
    Journey("edit", {"job": (0, start(mode="image_to_image", references=[{"data": a_data_url()}]))}),
    Journey(
        "duplicate_start",
        {
            "job": (0, start(key="k", repeats=2)),
            "job/again": (5, start(key="k", repeats=1)),
            "job/later": (20, start(key="k", repeats=1)),
        },
    ),
    Journey("several", {"job": (0, start(n=3))}, {"openai": ("short", "down")}),
    Journey("busy", {"job": (0, start(provider="openai", fallback=False))}, {"openai": ("busy", "make")}),
    Journey("deadline", {"job": (0, start())}, {"openai": ("silent",), "openai_compatible": ("silent",)}),
    Journey("queue", {"job": (0, start())}, queues=frozenset({"openai"})),
    Journey("reconcile", {"job": (0, start(key="k"))}, no_states_seconds=62),
    Journey("erased_in_flight", {"job": (0, start()), "erase": (5, of_job("erase", repeats=3))}),
    Journey("erased_after", {"job": (0, start()), "erase": (30, of_job("erase", repeats=3))}),
)


def by_name(name: str) -> Journey:
    """A journey."""
    return next(journey for journey in JOURNEYS if journey.name == name)
