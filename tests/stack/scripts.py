"""What a test on this machine can do to the world: break AWS calls, kill workers, script the stand-in providers."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.stack.client import trusted

CALL_SECONDS = 10.0


@dataclass(frozen=True)
class Faults:
    """The emulator's scripted faults (local/emulator/faults.py)."""

    url: str

    def arm(self, service: str, *, when: str, action: str, **more: Any) -> str:
        """Arm one: `arm("s3", contains="evidence.json", operation="PUT", when="after", action="kill")`; its id."""
        wish = {"service": service, "when": when, "action": action, **more}
        return str(_ask("POST", f"{self.url}/_easel/faults", wish)["id"])

    def fired(self, fault_id: str) -> list[dict[str, Any]]:
        """The calls it met: `{"operation", "path", "worker": {"function", "pid", …} | None}`."""
        faults = _ask("GET", f"{self.url}/_easel/faults")["faults"]
        return next(list(fault["fired"]) for fault in faults if fault["id"] == fault_id)

    def release(self, fault_id: str) -> None:
        """Let the calls it holds go on."""
        _ask("POST", f"{self.url}/_easel/faults/{fault_id}/release", {})

    def reset(self) -> None:
        """Forget all faults, and let every held call go on."""
        _ask("DELETE", f"{self.url}/_easel/faults")

    def workers(self, function_name: str = "") -> list[dict[str, Any]]:
        """The Lambda processes: `{"name", "function", "version", "pid", "busy"}`."""
        found = _ask("GET", f"{self.url}/_easel/workers")["workers"]
        return [worker for worker in found if worker["function"].startswith(function_name)]

    def kill(self, function_name: str, *, busy: bool | None = True) -> list[int]:
        """SIGKILL a function's workers, the busy ones unless told otherwise; the process ids that are gone."""
        wish = {"function": function_name, "busy": busy}
        return list(_ask("POST", f"{self.url}/_easel/workers/kill", wish)["killed"])


@dataclass(frozen=True)
class StandIn:
    """One stand-in provider (local/standins)."""

    url: str

    def play(self, do: str, *, times: int | None = 1, **more: Any) -> None:
        """What it does next: `play("error")`, `play("hang", times=None)`, `play("slow", seconds=3, when="lamp")`."""
        _ask("POST", f"{self.url}/_script", [{"do": do, "times": times, **more}])

    def calls(self, prompt: str | None = None) -> list[dict[str, Any]]:
        """What it was asked so far, for prompts with these words."""
        found = _ask("GET", f"{self.url}/_calls")["calls"]
        return [call for call in found if prompt is None or prompt in (call["prompt"] or "")]

    def reset(self) -> None:
        """Forget script and calls."""
        _ask("POST", f"{self.url}/_reset", {})


def _ask(method: str, url: str, body: Any = None) -> Any:
    answer = httpx2.request(method, url, json=body, timeout=CALL_SECONDS, trust_env=False, verify=trusted())
    answer.raise_for_status()
    return answer.json()
