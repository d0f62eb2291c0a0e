"""Every order in which the calls of several invocations can be mixed, each distinct state once.

Between two calls an invocation's code touches nothing shared, so calls are the only places where order matters. To go
back to an earlier point, what was stored is put back and the invocations are told again what they had heard by then. A
point whose stored state and whose invocations' heard replies were seen before has no new future and is left.
"""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from tests.simulation import rare_states
from tests.simulation.aws.actors import Actor
from tests.simulation.aws.director import Calm
from tests.simulation.aws.faults import Fate
from tests.simulation.aws.photograph import Photograph
from tests.simulation.aws.replies import Call
from tests.simulation.aws.wire import line
from tests.simulation.invariants import broken
from tests.simulation.stage import Stage
from tests.support.report import Figures

Heard = tuple[Any, bytes | None]  # an answer or an error, and the content of a body that can be read once


class Stopping(Calm):
    """Nothing goes wrong, but whoever calls gives way first."""

    def fate(self, actor: Actor, call: Call) -> Fate:
        actor.stop_for(call.operation)
        return Fate.GO


@dataclass
class Seat:
    """One invocation: at which of its calls it stands, what it heard, and up to where it is being told again."""

    actor: Actor
    arrivals: int = 0
    heard: list[Heard] = field(default_factory=list)
    told: int = 0
    until: float = 0

    def stop(self, what: str) -> None:
        """Give way before a call, unless this is the past."""
        self.arrivals += 1
        if self.arrivals >= self.until:
            self.actor.stop_for(what)


@dataclass(frozen=True)
class Point:
    """Where a run can be gone back to."""

    order: tuple[int, ...]
    photograph: Photograph
    seats: tuple[tuple[float, tuple[Heard, ...], int], ...]


@dataclass(frozen=True)
class Scene:
    """Where a race begins; `enter` brings its invocations to their first calls, some of them further."""

    photograph: Photograph
    invocations: Callable[[], Sequence[Actor]]
    enter: Callable[[Sequence[Actor]], None]


class Interleavings(Calm):
    """All orders of one scene."""

    def __init__(
        self, stage: Stage, scene: Scene, name: str, figures: Figures, stop: Callable[[], bool] = lambda: False
    ) -> None:
        self.stage = stage
        self.region = stage.region
        self.scene = scene
        self.name = name
        self.figures = figures
        self._stop = stop
        self._seats: dict[str, Seat] = {}
        self._seen: set[tuple[object, ...]] = set()
        self._ends: set[int] = set()
        self._todo: list[tuple[Point | None, int]] = [(None, 0)]

    def explore(self) -> None:
        """Run every order that leads somewhere new."""
        while self._todo and not self._stop():
            self._run(*self._todo.pop())

    def fate(self, actor: Actor, call: Call) -> Fate:
        """A provider's call is a point like any other; AWS's stop at the gate."""
        if call.service == "provider":
            self._seats[actor.name].stop(call.operation)
        return Fate.GO

    def _gate(self, make: Callable[[], Any]) -> Any:
        seat = self._seats.get(self.region.actor.name) if self.region.actor else None
        if seat is None:
            return make()
        seat.stop("call")
        if seat.told < len(seat.heard):
            seat.told += 1
            return _again(seat.heard[seat.told - 1])
        seat.heard.append(_heard(make))
        seat.told += 1
        return _again(seat.heard[-1])

    def _run(self, point: Point | None, chosen: int) -> None:
        self.figures.runs += 1
        seats = self._go_to(point)
        order = point.order if point else ()
        if point:
            order = (*order, chosen)
            self.region.step(seats[chosen].actor)
        while any(not seat.actor.done for seat in seats):
            if not self._is_new(seats):
                return
            first, *others = (index for index, seat in enumerate(seats) if not seat.actor.done)
            if others:
                here = self._point(order, seats)
                self._todo += [(here, other) for other in others]
            order = (*order, first)
            self.region.step(seats[first].actor)
            self.figures.executed += 1
        self._end(order)

    def _go_to(self, point: Point | None) -> list[Seat]:
        """The scene as it was entered, or as it was at a point."""
        self.region.put_back(self.scene.photograph)
        self.region.director = self
        line().gate = self._gate
        actors = self.scene.invocations()
        self.region.ready.clear()
        seats = [Seat(actor) for actor in actors]
        self._seats = {seat.actor.name: seat for seat in seats}
        self.scene.enter(actors)
        if point:
            for seat, (until, heard, _) in zip(seats, point.seats, strict=True):
                seat.heard[seat.told :] = heard[seat.told :]
                if until > seat.arrivals:
                    seat.until = until
                    self.region.step(seat.actor)
            self.region.store(point.photograph)
            for seat, (_, _, history) in zip(seats, point.seats, strict=True):
                seat.actor.history, seat.until = history, 0
        return seats

    def _point(self, order: tuple[int, ...], seats: Sequence[Seat]) -> Point:
        where = tuple(
            (math.inf if seat.actor.done else seat.arrivals, tuple(seat.heard), seat.actor.history) for seat in seats
        )
        return Point(order, self.region.photograph(alive=True), where)

    def _is_new(self, seats: Sequence[Seat]) -> bool:
        key = (self.region.digest(), *((seat.actor.done, seat.actor.history) for seat in seats))
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _end(self, order: tuple[int, ...]) -> None:
        """Let the rest of the world go on to its end, and look at what is left."""
        self._seats = {}
        digest = self.region.digest()
        if digest in self._ends:
            return
        self._ends.add(digest)
        where = f"{self.name} in the order {order}"
        self.figures.blame(broken(self.region, at_rest=False), where)
        if self.stage.world.meter.counts["JobStuck"]:
            self.figures.blame(["the reconciler called a job stuck"], where)
        self.region.director = Calm()
        self.stage.rest()
        self.figures.blame(broken(self.region, at_rest=True), f"{where}, at rest")
        rare_states.at_rest(self.stage)


def _heard(make: Callable[[], Any]) -> Heard:
    try:
        answer = make()
    except ClientError as error:
        return error, None
    content = answer["Body"].read() if isinstance(answer, dict) and "Body" in answer else None
    return answer, content


def _again(heard: Heard) -> Any:
    answer, content = heard
    if isinstance(answer, ClientError):
        raise type(answer)(answer.response, answer.operation_name)
    return answer if content is None else {**answer, "Body": StreamingBody(io.BytesIO(content), len(content))}
