"""Every fault at every call of a journey, and every pair of faults: explored from photograph to photograph.

Whenever no invocation is alive, all that decides the future is stored, so two histories that lead to the same state
have the same future, and it is tried once. What is counted are whole histories (schedules of faults); what is executed
are the stretches between two such states.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.simulation import rare_states
from tests.simulation.aws.actors import Actor
from tests.simulation.aws.faults import CALL_FATES, INVOCATION_FATES, READS, TASK_FATES, Fate
from tests.simulation.aws.photograph import Photograph
from tests.simulation.aws.replies import Call
from tests.simulation.invariants import broken
from tests.simulation.stage import REST_SECONDS, Stage
from tests.support.report import Figures

LATE_SECONDS_PER_FAULT = 60
Plan = dict[int, Fate]
Fault = tuple[int, Fate]  # at which call


@dataclass(frozen=True)
class Met:
    """A call that could have been spoilt; `same` are faults that come to the same as one tried before."""

    what: str
    fates: tuple[Fate, ...]
    actor: str = ""
    same: tuple[tuple[Fate, Fault], ...] = ()


@dataclass
class Planned:
    """A director that plays one plan, and writes down every call it could have spoilt."""

    plan: Plan = field(default_factory=dict)
    met: list[Met] = field(default_factory=list)

    def begin(self, plan: Plan) -> None:
        """Forget the last run."""
        self.plan, self.met = plan, []

    def fate(self, actor: Actor, call: Call) -> Fate:
        return self._next(Met(f"{actor.name} {call.operation}", CALL_FATES, actor.name, tuple(self._same(actor, call))))

    def invocation_fate(self, call: Call, *, task: bool) -> Fate:
        return self._next(Met(f"invoke {call.operation}", TASK_FATES if task else INVOCATION_FATES))

    def _next(self, met: Met) -> Fate:
        self.met.append(met)
        return self.plan.get(len(self.met) - 1, Fate.GO)

    def _same(self, actor: Actor, call: Call) -> Iterator[tuple[Fate, Fault]]:
        """To die before a call is to die after the last; and after a read is as before it, for it changes nothing."""
        here = len(self.met)
        if self.met and self.met[-1].actor == actor.name:
            yield Fate.CRASH_BEFORE, (here - 1, Fate.CRASH_AFTER)
        if call.operation in READS:
            yield Fate.CRASH_AFTER, (here, Fate.CRASH_BEFORE)


@dataclass(frozen=True)
class State:
    """Where a run came to rest for a moment."""

    photograph: Photograph
    digest: int
    over: bool


class Explorer:
    """One journey, broken in every way that a number of faults can."""

    def __init__(self, stage: Stage, name: str, figures: Figures, stop: Callable[[], bool] = lambda: False) -> None:
        self.stage = stage
        self.region = stage.region
        self.name = name
        self.figures = figures
        self.states = 0
        self._stop = stop
        self._director = self.region.director = Planned()
        self._known: dict[tuple[int, int], int] = {}
        self._checked: set[tuple[int, bool]] = set()
        self._limit = self.region.now + REST_SECONDS * 1000
        self._path: list[tuple[str, Fate]] = []

    def explore(self, faults: int) -> int:
        """How many schedules of up to so many faults there are; each was tried, or is the same as one that was."""
        self._faults = faults
        begun = State(self.stage.photograph(), 0, over=False)
        return self._from(begun, faults)

    def _from(self, state: State, faults: int) -> int:
        key = (state.digest, faults)
        if key not in self._known:
            self.states += 1
            self._known[key] = 1 if state.over else self._follow(state, {}, faults, 0)
        return self._known[key]

    def _follow(self, state: State, plan: Plan, faults: int, first: int) -> int:
        """Run with a plan, and with every further fault from call `first` on."""
        if self._stop():
            return 0
        after, met = self._run(state, plan)
        total = self._from(after, faults)
        tried: dict[Fault, int] = {}
        for place in range(first, len(met) if faults else 0):
            same = dict(met[place].same)
            for fate in met[place].fates:
                if same.get(fate) not in tried:
                    self._path.append((met[place].what, fate))
                    tried[place, fate] = self._follow(state, {**plan, place: fate}, faults - 1, place + 1)
                    self._path.pop()
                else:
                    tried[place, fate] = tried[same[fate]]
        return total + sum(tried.values())

    def _run(self, state: State, plan: Plan) -> tuple[State, list[Met]]:
        self.region.put_back(state.photograph)
        self._director.begin(plan)
        more = self.region.advance(self._limit)
        met = self._director.met
        photograph = self.stage.photograph()
        digest = self.region.full_digest(photograph)
        self.figures.executed += 1
        self._check(digest, at_rest=not more)
        return State(photograph, digest, over=not more), met

    def _check(self, digest: int, *, at_rest: bool) -> None:
        stored = (digest if at_rest else self.region.digest(), at_rest)
        if stored in self._checked:
            return
        self._checked.add(stored)
        late = LATE_SECONDS_PER_FAULT * self._faults
        self.figures.blame(broken(self.region, at_rest=at_rest, late_seconds=late), f"{self.name}: {self._where()}")
        if at_rest:
            rare_states.at_rest(self.stage)

    def _where(self) -> str:
        return ", ".join(f"{fate.value} at {what}" for what, fate in self._path) or "no fault"
