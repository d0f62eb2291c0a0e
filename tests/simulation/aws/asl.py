"""Amazon States Language (JSONPath), as far as `workflow.asl.json` uses it: the deployed file, interpreted.

Pure: from where an execution stands and what happened to where it stands next and what is to be done.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.simulation.aws.replies import Wire

MATH_ADD = re.compile(r"States\.MathAdd\((.+),(.+)\)")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "StringEquals": lambda found, wanted: isinstance(found, str) and found == wanted,
    "NumericGreaterThan": lambda found, wanted: isinstance(found, int) and found > wanted,
}
NOT_TASK_FAILED = frozenset({"States.Timeout", "States.Runtime"})
NEVER_CAUGHT = frozenset({"States.Runtime"})


@dataclass(frozen=True)
class Standing:
    """Where an execution stands: its state, its data, and how often each retrier of that state was used."""

    state: str
    data: str  # JSON
    tries: tuple[int, ...] = ()


@dataclass(frozen=True)
class Invoke:
    """Invoke a function and wait for its answer."""

    function: str
    payload: Wire
    seconds: int


@dataclass(frozen=True)
class Pause:
    """Come back after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Ended:
    """The execution is over."""

    status: str


Next = tuple[Standing, Invoke | Pause | Ended]


class StatesError(Exception):
    """What AWS fails an execution with."""


class Machine:
    """One definition, its placeholders filled."""

    def __init__(self, definition: str, jitter: Callable[[], float]) -> None:
        read = json.loads(definition)
        self.states: dict[str, Any] = read["States"]
        self.start_at: str = read["StartAt"]
        self.seconds: int = read["TimeoutSeconds"]
        self._jitter = jitter

    def begin(self, given: Wire) -> Next:
        """An execution's first step."""
        return self._enter(self.start_at, given)

    def waited(self, standing: Standing) -> Next:
        """After a Wait, or the pause before a retry."""
        state, data = self.states[standing.state], json.loads(standing.data)
        if state["Type"] == "Wait":
            return self._enter(state["Next"], data)
        return standing, self._task(state, data)

    def answered(self, standing: Standing, payload: Any) -> Next:
        """After a function's answer."""
        state, data = self.states[standing.state], json.loads(standing.data)
        result: Any = {"Payload": payload, "StatusCode": 200}
        if "ResultSelector" in state:
            result = _filled(state["ResultSelector"], result)
        return self._enter(state["Next"], _placed(data, result, state.get("ResultPath", "$")))

    def failed(self, standing: Standing, error: str) -> Next:
        """After a task's failure: a retry, a catcher, or the end."""
        state, data = self.states[standing.state], json.loads(standing.data)
        retriers = state.get("Retry", [])
        tries = standing.tries or (0,) * len(retriers)
        for index, retrier in enumerate(retriers):
            if not _matches(retrier["ErrorEquals"], error):
                continue
            if tries[index] >= retrier.get("MaxAttempts", 3):
                break
            pause = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** tries[index]
            pause = min(pause, retrier.get("MaxDelaySeconds", pause))
            if retrier.get("JitterStrategy") == "FULL":
                pause *= self._jitter()
            counted = tuple(count + (place == index) for place, count in enumerate(tries))
            return Standing(standing.state, standing.data, counted), Pause(pause)
        for catcher in state.get("Catch", []):
            if _matches(catcher["ErrorEquals"], error):
                caught = _placed(data, {"Error": error, "Cause": ""}, catcher.get("ResultPath", "$"))
                return self._enter(catcher["Next"], caught)
        return standing, Ended("TIMED_OUT" if error == "States.Timeout" else "FAILED")

    def _enter(self, name: str, data: Wire) -> Next:
        """Go through states that take no time up to one that does."""
        while True:
            state = self.states[name]
            match state["Type"]:
                case "Pass":
                    data = _filled(state["Parameters"], data) if "Parameters" in state else data
                    name = state["Next"]
                case "Choice":
                    name = _chosen(state, data)
                case "Task":
                    standing = Standing(name, json.dumps(data, sort_keys=True))
                    return standing, self._task(state, data)
                case "Wait":
                    seconds = _at(state["SecondsPath"], data) if "SecondsPath" in state else state["Seconds"]
                    return Standing(name, json.dumps(data, sort_keys=True)), Pause(seconds)
                case "Succeed":
                    return Standing(name, json.dumps(data, sort_keys=True)), Ended("SUCCEEDED")
                case kind:
                    raise StatesError(f"this interpreter knows no {kind} state")

    def _task(self, state: Wire, data: Wire) -> Invoke:
        parameters = _filled(state["Parameters"], data)
        return Invoke(parameters["FunctionName"], parameters["Payload"], state["TimeoutSeconds"])


def _matches(patterns: list[str], error: str) -> bool:
    if error in patterns:
        return True
    if "States.ALL" in patterns:
        return error not in NEVER_CAUGHT
    return "States.TaskFailed" in patterns and error not in NOT_TASK_FAILED


def _chosen(state: Wire, data: Wire) -> str:
    for rule in state["Choices"]:
        ((comparison, wanted),) = ((word, rule[word]) for word in rule if word in COMPARISONS)
        if COMPARISONS[comparison](_at(rule["Variable"], data), wanted):
            return str(rule["Next"])
    return str(state["Default"])


def _filled(template: Any, data: Any) -> Any:
    if not isinstance(template, dict):
        return template
    filled = {}
    for name, value in template.items():
        if name.endswith(".$"):
            filled[name.removesuffix(".$")] = _at(value, data)
        else:
            filled[name] = _filled(value, data)
    return filled


def _at(path: str, data: Any) -> Any:
    if added := MATH_ADD.fullmatch(path):
        return sum(_at(part.strip(), data) if "$" in part else int(part) for part in added.groups())
    for part in path.removeprefix("$").strip(".").split("."):
        if part:
            if not isinstance(data, dict) or part not in data:
                raise StatesError(f"States.ParameterPathFailure: {path}")
            data = data[part]
    return data


def _placed(data: Wire, result: Any, path: str | None) -> Any:
    if path is None:
        return data
    if path == "$":
        return result
    return {**data, path.removeprefix("$."): result}
