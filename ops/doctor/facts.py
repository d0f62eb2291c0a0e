"""What the doctor reads: plain values, so that a test can say what is wrong by changing one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Tools:
    """What is installed here; None: nothing."""

    python: tuple[int, int]
    node: str | None
    cdk: str | None
    cdk_wanted: str
    uncommitted: int | None  # changed files; None: this is no git checkout


@dataclass(frozen=True)
class Identity:
    """Who these credentials are, where they lead, and how far this clock is off AWS's, in seconds (None: unknown)."""

    account: str
    arn: str
    region: str
    clock_off: float | None


@dataclass(frozen=True)
class Bootstraps:
    """The version of CDK's bootstrap stack by region; None: there is none."""

    versions: Mapping[str, int | None]


@dataclass(frozen=True)
class Concurrency:
    """Lambda in this account: how much runs at once, what nobody reserved, and what this stage has reserved of it."""

    quota: int
    unreserved: int
    ours: int = 0


@dataclass(frozen=True)
class Deployment:
    """What is there of a stage: the stack's state, functions by name with theirs, and each one's environment.

    `drift` is what CloudFormation found when it last compared the stack with its template.
    """

    stack: str | None
    functions: Mapping[str, str]
    environments: Mapping[str, Mapping[str, str]]
    drift: str = "IN_SYNC"


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP: its status (0: none came), and its JSON where it is that."""

    status: int
    said: Any = None


@dataclass(frozen=True)
class Web:
    """What callers meet: by path at the public address; `direct` is the gateway's own (None: not asked)."""

    url: str
    answers: Mapping[str, Answer]
    direct: Answer | None = None


@dataclass(frozen=True)
class ProviderSite:
    """One provider as it answers `GET …/models`, without a key or with the stage's; None: it has no such address."""

    url: str | None
    answer: Answer | None = None


@dataclass(frozen=True)
class Alarms:
    """Alarms of the stage by name with their actions, and the subscriptions of those topics that are confirmed."""

    actions: Mapping[str, tuple[str, ...]]
    confirmed: int
    pending: int


@dataclass(frozen=True)
class Work:
    """Jobs and money under way, in milliseconds and micro-dollars."""

    reconciled_ago: int | None
    overdue: tuple[str, ...] = ()
    open_reserved: int = 0
    reserved_today: int = 0
    undelivered: int | None = 0


@dataclass(frozen=True)
class Calls:
    """How long calls took that delivered, in milliseconds, by model, and what a day cost at most lately."""

    milliseconds: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Today:
    """The day by UTC."""

    day: date
