"""An event bus of EventBridge: what operators' own consumers listen to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from easel.clock import SECOND, Millis

SOURCE = "easel"


class PutsEvents(Protocol):
    """EventBridge's client, as far as it is used here."""

    def put_events(self, *, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803 — AWS's name
        """The answer to a batch of events."""


@dataclass(frozen=True)
class EventBus:
    """One bus, by its name."""

    client: PutsEvents
    name: str

    def put(self, kind: str, detail: bytes, at: Millis) -> bool:
        """Whether the bus has taken an event of that kind; where nobody can tell, it has not."""
        entry = {
            "EventBusName": self.name,
            "Source": SOURCE,
            "DetailType": kind,
            "Detail": detail.decode(),
            "Time": datetime.fromtimestamp(at / SECOND, UTC),
        }
        try:
            answer = self.client.put_events(Entries=[entry])
        except (ClientError, BotoCoreError):
            return False
        return not answer["FailedEntryCount"]
