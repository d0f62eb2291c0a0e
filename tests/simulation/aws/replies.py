"""What a service of the double answers: a body, or a refusal by its code, as they would come over the wire."""

from dataclasses import dataclass, field
from typing import Any

Wire = dict[str, Any]  # JSON as it is on the wire; never changed in place, so that snapshots may share it


@dataclass(frozen=True)
class Call:
    """One request, taken from what botocore serialised."""

    service: str  # dynamodb, s3, states
    operation: str
    params: Wire


@dataclass(frozen=True)
class Reply:
    """An answer with status 2xx."""

    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


class Refusal(Exception):
    """An answer with an error code. `facts` are its modeled fields."""

    def __init__(self, code: str, message: str = "", *, status: int = 400, **facts: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.facts = facts


def invalid(message: str) -> Refusal:
    """What a malformed request is answered with."""
    return Refusal("ValidationException", message)
