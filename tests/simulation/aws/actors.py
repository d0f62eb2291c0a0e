"""Invocations as greenlets: each runs until a call, a sleep or its end, and never at the same time as another."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

from tests.simulation.aws.faults import Killed


@dataclass(eq=False)
class Actor:
    """One invocation of one function. `fate_at_end` is what becomes of its answer."""

    name: str
    function: str
    payload: dict[str, Any]
    work: Callable[[], Any]
    skew: int = 0
    drawn: int = 0  # random numbers so far
    calls: int = 0  # provider calls so far
    answer: Any = None
    error: BaseException | None = None
    done: bool = False
    routes: list[Any] = field(default_factory=list)  # whom its answer goes to
    history: int = 0  # of the replies it got: with its code, all that decides what it does next

    def __post_init__(self) -> None:
        self._greenlet = greenlet(self._run)

    def step(self, said: Any = None) -> Any:
        """Let it run on; what it stopped for: seconds to sleep, a call, or None at its end."""
        self._greenlet.parent = getcurrent()
        return self._greenlet.switch(said)

    def stop_for(self, what: Any) -> Any:
        """Called within: give way, and hear what is said on return."""
        parent = self._greenlet.parent
        assert parent is not None
        return parent.switch(what)

    def drop(self) -> None:
        """End it without a trace, wherever it stands."""
        if self._greenlet:
            with contextlib.suppress(GreenletExit):
                self._greenlet.throw(GreenletExit)

    @property
    def is_current(self) -> bool:
        """Whether this very code runs inside it."""
        return getcurrent() is self._greenlet

    def _run(self, _said: Any) -> None:
        try:
            self.answer = self.work()
        except GreenletExit:
            return
        except Killed as death:
            self.error = death
        except Exception as error:
            self.error = error
        finally:
            self.done = True
