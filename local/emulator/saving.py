"""Saves the emulator's state every few seconds, so that one which dies hard loses seconds and not the stage.

The emulator itself saves when it is asked to end. Killed, out of memory or without power it would leave the pictures on
the disk and forget the tables and stacks that they belong to.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOG = logging.getLogger("easel.saving")
EVERY_SECONDS = 3.0
DATA = ("dynamodb", "s3", "secretsmanager", "sqs", "stepfunctions")  # what requests change; a deployment changes all
UNFINISHED = "_IN_PROGRESS"
PLANNED = "REVIEW_IN_PROGRESS"  # a change set that nobody has executed: nothing is half done

Services = Callable[[], Mapping[str, Callable[[], Any]]]


@dataclass
class Saver:
    """Writes what changed since it last looked.

    `services` are the emulator's, each with a function that copies its state (None: it could not be loaded, and what it
    wrote last time stands). `deployment` names what is deployed, None while a deployment is half done: what is written
    then could neither be used nor deployed over. `encode` gives the text that the emulator reads when it starts.
    """

    folder: Path
    services: Services
    deployment: Callable[[], str | None]
    encode: Callable[[str, Any], str]
    _written: dict[str, bytes] = field(default_factory=dict)
    _deployed: str = ""
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _ended: bool = False

    def save(self) -> list[str]:
        """The services whose state was written; one that changes while it is copied is left for the next time."""
        with self._turn:
            deployed = None if self._ended else self.deployment()
            if deployed is None:
                return []
            services, whole = self.services(), deployed != self._deployed
            wanted = {name: copy for name, copy in services.items() if whole or name in DATA}
            told = {name: self._text(name, copy) for name, copy in wanted.items()}
            if self.deployment() != deployed:  # one began meanwhile
                return []
            if None not in told.values():
                self._deployed = deployed
            return [name for name, text in told.items() if text and self._wrote(name, text)]

    def end(self, last: Callable[[], None]) -> None:
        """Let the emulator write everything for the last time; nothing older is written after it."""
        with self._turn:
            self._ended = True
            last()

    async def often(self) -> None:
        """Save again and again, beside the requests, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await asyncio.to_thread(self.save)

    def _text(self, name: str, copy: Callable[[], Any]) -> str | None:
        """A service's state as text: "" for none, None where it changed while it was copied."""
        try:
            state = copy()
            return "" if state is None else self.encode(name, state)
        except (RuntimeError, TypeError) as changing:
            LOG.debug("%s is saved next time: %s", name, changing)
            return None

    def _wrote(self, name: str, text: str) -> bool:
        digest = hashlib.sha256(text.encode()).digest()
        if self._written.get(name) == digest:
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        half = self.folder / f"{name}.json.half"
        half.write_text(text)
        half.replace(self.folder / f"{name}.json")
        self._written[name] = digest
        return True


def of_emulator() -> Saver:
    """The saver of the emulator in this process."""
    from ministack import app
    from ministack.core import persistence
    from ministack.services import cloudformation

    def encode(name: str, state: Any) -> str:
        wrapped = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
        return json.dumps(wrapped, default=persistence._json_default)

    def deployment() -> str | None:
        return deployed(dict(cloudformation._stacks._data).values())

    saver = Saver(Path(persistence.STATE_DIR), app._build_persistence_save_dict, deployment, encode)
    save_all = app.save_all
    app.save_all = lambda services: saver.end(lambda: save_all(services))
    return saver


def deployed(stacks: Any) -> str | None:
    """What stands deployed, by stack, status and time; None while one of them is being changed."""
    found = [(stack["StackId"], stack["StackStatus"], str(stack.get("LastUpdatedTime"))) for stack in stacks]
    if any(status.endswith(UNFINISHED) and status != PLANNED for _, status, _ in found):
        return None
    return repr(sorted(found))


@contextlib.asynccontextmanager
async def saving(saver: Saver | None) -> AsyncIterator[None]:
    """Save while the block runs; without a saver nothing is kept."""
    task = asyncio.create_task(saver.often()) if saver else None
    try:
        yield
    finally:
        if task:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
