"""Who decides what becomes of calls and invocations."""

from typing import Protocol

from tests.simulation.aws.actors import Actor
from tests.simulation.aws.faults import Fate
from tests.simulation.aws.replies import Call


class Director(Protocol):
    """Who decides what becomes of calls; it may let the actor wait first."""

    def fate(self, actor: Actor, call: Call) -> Fate:
        """The fate of a call about to be made."""

    def invocation_fate(self, call: Call, *, task: bool) -> Fate:
        """The fate of an invocation about to begin."""


class Calm:
    """Nothing goes wrong."""

    def fate(self, actor: Actor, call: Call) -> Fate:
        return Fate.GO

    def invocation_fate(self, call: Call, *, task: bool) -> Fate:
        return Fate.GO
