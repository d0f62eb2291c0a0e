"""Scripted faults around the emulator: one AWS call held, refused, dropped, or its caller killed, before or after it.

`POST /_easel/faults` arms one, with a body of `Fault`'s fields: `{"service": "s3", "contains": "evidence.json",
"when": "after", "action": "kill"}`. `GET` shows which are armed, which fired and for whom; `DELETE` forgets them and
lets held calls go on; `POST /_easel/faults/{id}/release` lets one go on. `GET /_easel/workers` lists the Lambda
processes; `POST /_easel/workers/kill` with `{"function": prefix, "busy"?: true}` kills some.
"""

import asyncio
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from local.emulator import workers
from local.emulator.asgi import App, Message, Receive, Scope, Send, disconnected, drop, read_body, replay, send_json

CALLER = re.compile(rf"app/({workers.NAME_PREFIX}\d+)")
SIGNED_FOR = re.compile(r"Credential=[^/,]+/[^/]+/[^/]+/([^/]+)/aws4_request")
HOLD_SECONDS_MAX = 600.0
ACTIONS = ("hold", "error", "drop", "kill")
WISHES = {"service", "when", "action", "operation", "contains", "function", "seconds", "times"}


@dataclass(frozen=True)
class Call:
    """One AWS call as it came in."""

    service: str
    operation: str
    path: str
    body: bytes
    worker: workers.Worker | None

    @property
    def function(self) -> str:
        """Name of the Lambda function that makes it, or "" for callers outside."""
        return self.worker.function if self.worker else ""


@dataclass
class Fault:
    """What to do to the next `times` calls that match."""

    id: str
    service: str
    when: Literal["before", "after"]
    action: Literal["hold", "error", "drop", "kill"]
    operation: str = ""
    contains: str = ""
    function: str = ""
    seconds: float = 30.0
    times: int = 1
    fired: list[dict[str, Any]] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def matches(self, call: Call) -> bool:
        """Whether this call is meant; everything left out matches."""
        return (
            len(self.fired) < self.times
            and self.service == call.service
            and self.operation in ("", call.operation)
            and call.function.startswith(self.function)
            and self.contains.encode() in call.path.encode() + b"\n" + call.body
        )

    def as_json(self) -> dict[str, Any]:
        """What `GET /_easel/faults` says of it."""
        shown = {key: value for key, value in vars(self).items() if key != "released"}
        return {**shown, "armed": len(self.fired) < self.times}


class Faults:
    """Wraps the emulator; costs nothing while no fault is armed."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer our own addresses, and let everything else through unless a fault is armed for it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith("/_easel/"):
            status, answer = self._answer(scope["method"], scope["path"], await read_body(receive))
            await send_json(send, status, answer)
        elif not any(len(fault.fired) < fault.times for fault in self._faults):
            await self._app(scope, receive, send)
        else:
            await self._meet(scope, receive, send)

    def _answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        match (method, path.removeprefix("/_easel/").split("/")):
            case ("POST", ["faults"]):
                return self._arm(json.loads(body))
            case ("GET", ["faults"]):
                return 200, {"faults": [fault.as_json() for fault in self._faults]}
            case ("DELETE", ["faults"]):
                self._release(self._faults)
                self._faults = []
                return 200, {"faults": []}
            case ("POST", ["faults", wanted, "release"]):
                self._release([fault for fault in self._faults if fault.id == wanted])
                return 200, {}
            case ("GET", ["workers"]):
                return 200, {"workers": [worker.as_json() for worker in workers.alive()]}
            case ("POST", ["workers", "kill"]):
                wish = json.loads(body)
                chosen = [
                    worker
                    for worker in workers.alive()
                    if worker.function.startswith(wish["function"]) and wish.get("busy") in (None, worker.busy)
                ]
                return 200, {"killed": workers.kill(chosen)}
        return 404, {"error": f"nothing at {method} {path}"}

    def _arm(self, wish: dict[str, Any]) -> tuple[int, Any]:
        unknown = set(wish) - WISHES
        if unknown or wish.get("when") not in ("before", "after") or wish.get("action") not in ACTIONS:
            return 400, {"error": f"unknown {sorted(unknown)}, or when and action not of before|after and {ACTIONS}"}
        fault = Fault(id=str(next(self._ids)), **wish)
        self._faults.append(fault)
        return 201, fault.as_json()

    @staticmethod
    def _release(faults: list[Fault]) -> None:
        for fault in faults:
            fault.released.set()

    async def _meet(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        call = _call(scope, body)
        fault = next((fault for fault in self._faults if fault.matches(call)), None)
        if fault is None:
            await self._app(scope, replay(body, receive), send)
            return
        fault.fired.append({"operation": call.operation, "path": call.path, "worker": _shown(call)})
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        if fault.when == "after":
            await self._app(scope, replay(body, receive), keep)
        if not await _act(fault, call, receive, send):
            return
        if fault.when == "before":
            await self._app(scope, replay(body, receive), send)
        for message in answer:
            await send(message)


async def _act(fault: Fault, call: Call, receive: Receive, send: Send) -> bool:
    """Do what the fault says; True when the call goes on as if nothing had been."""
    if fault.action == "hold":
        return await _hold(fault, receive)
    if fault.action == "error":
        await send_json(send, 500, {"__type": "InternalServerError", "message": "a scripted fault"})
        return False
    if fault.action == "kill" and call.worker is not None:
        workers.kill([call.worker])
    await drop(send)
    return False


async def _hold(fault: Fault, receive: Receive) -> bool:
    """Wait for the time, the release or the caller's end; False when the caller is gone."""
    gone = asyncio.create_task(disconnected(receive))
    released = asyncio.create_task(fault.released.wait())
    seconds = min(fault.seconds, HOLD_SECONDS_MAX)
    done, waiting = await asyncio.wait({gone, released}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return gone not in done


def _call(scope: Scope, body: bytes) -> Call:
    headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    signed = SIGNED_FOR.search(headers.get("authorization", ""))
    target = headers.get("x-amz-target", "").rpartition(".")[2]
    caller = CALLER.search(headers.get("user-agent", ""))
    worker = next((worker for worker in workers.alive() if caller and worker.name == caller.group(1)), None)
    return Call(
        service=signed.group(1) if signed else "",
        operation=target or scope["method"],
        path=f"{scope['path']}?{query}" if query else scope["path"],
        body=body,
        worker=worker,
    )


def _shown(call: Call) -> dict[str, Any] | None:
    return call.worker.as_json() if call.worker else None
