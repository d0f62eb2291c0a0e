"""All of a region at one moment that outlives invocations; what it refers to is never changed in place."""

from dataclasses import dataclass
from typing import Any

from tests.simulation.aws.tables import Stored

Event = tuple[int, int, str, tuple[Any, ...]]  # when (ms), in which order, what, with what


@dataclass(frozen=True)
class Photograph:
    """All of a region that outlives invocations."""

    now: int
    tables: dict[str, dict[Any, Stored]]
    objects: dict[Any, Any]
    executions: dict[str, Any]
    events: tuple[Event, ...]
    paid: tuple[Any, ...]
    answers: dict[str, Any]
    born: dict[str, int]
