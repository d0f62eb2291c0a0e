"""Commands: how services in the same account ask, by lambda:Invoke. IAM says who may; nothing here ever raises."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from easel.errors import CallerError, InvalidRequest
from easel.http import strict_json
from easel.http.bodies import check
from easel.http.middleware import log_unforeseen
from easel.http.problems import body
from easel.identity.callers import Caller, caller_of_command
from easel.schemas import BY_COMMAND, Body

KEY_CHARS_MAX = 255


@dataclass(frozen=True)
class CommandCall:
    """A command that holds: its request, checked, whose it is, and the key that makes a repeat harmless.

    Lambda repeats an asynchronous invocation under the same id, and nobody can tell such an invocation from
    others; so a command without a key has that id for one. Who invokes asynchronously should send a key of its
    own: it is the only way to find the job.
    """

    ask: Any  # of the command's request model
    caller: Caller
    key: str


@dataclass(frozen=True)
class Command:
    """One thing a function can be told: the model of its request, and what does it."""

    name: str
    request: type[BaseModel]
    run: Callable[[CommandCall], Mapping[str, Any]]
    key_required: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the whole event."""
        return {
            "type": "object",
            "properties": {
                "command": {"const": self.name},
                "owner": {"type": "string", "description": "user:<issuer>:<id> or service:<account>"},
                "request": self.request.model_json_schema(by_alias=True),
                "idempotencyKey": {"type": "string", "pattern": f"^[!-~]{{1,{KEY_CHARS_MAX}}}$"},
            },
            "required": ["command", "owner", "request", *(["idempotencyKey"] if self.key_required else [])],
            "additionalProperties": False,
        }


class Nothing(Body):
    """The request of a command that needs no more than its owner."""


class JobNamed(Body):
    """The request of a command about one job."""

    job_id: str = Field(min_length=1, max_length=80)


class Listed(Body):
    """The request of a command that answers page by page."""

    limit: int = Field(20, ge=1, le=50)
    cursor: str | None = Field(None, max_length=512)


def run(commands: Mapping[str, Command], event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The answer to a command: the HTTP body, or `{"error": {…}}` in the shape of a problem."""
    named = str(getattr(context, "aws_request_id", None) or uuid.uuid4())
    try:
        command, order = _order(commands, event, named)
        return dict(command.run(order))
    except CallerError as error:
        return {"error": body(error, named)}
    except Exception as error:  # the edge of our world: a service gets an answer, never a stack trace
        return {"error": body(log_unforeseen(error, named), named)}


def key_of(value: object, field: str) -> str:
    """An idempotency key, if it is one. Raises InvalidRequest."""
    if not isinstance(value, str) or not 1 <= len(value) <= KEY_CHARS_MAX or not _visible(value):
        raise InvalidRequest(
            f"{field} must be 1 to {KEY_CHARS_MAX} visible ASCII characters, without spaces.",
            errors=[(field, f"1 to {KEY_CHARS_MAX} visible ASCII characters")],
        )
    return value


def _order(commands: Mapping[str, Command], event: Mapping[str, Any], invocation: str) -> tuple[Command, CommandCall]:
    name = event.get("command")
    if not isinstance(name, str) or name not in commands:
        raise InvalidRequest(
            f"This function has no such command; it knows {', '.join(sorted(commands)) or 'none'}.",
            errors=[("command", f"one of {', '.join(sorted(commands))}")],
        )
    strange = sorted(set(event) - {"command", "owner", "request", "idempotencyKey"})
    if strange:
        raise InvalidRequest(
            "A command has the fields command, owner, request and idempotencyKey.",
            errors=[(field, "is not a field of a command") for field in strange],
        )
    command, caller = commands[name], caller_of_command(event.get("owner"))
    given = event.get("idempotencyKey")
    if given is None and command.key_required:
        raise InvalidRequest(
            f"{name} moves money: send an idempotencyKey, so that a repeat moves it once.",
            errors=[("idempotencyKey", "is required")],
        )
    strict_json.must_be_small(event.get("request"))
    key = f"invocation:{invocation}" if given is None else key_of(given, "idempotencyKey")
    ask = check(command.request, {} if event.get("request") is None else event["request"], context={BY_COMMAND: True})
    return command, CommandCall(ask=ask, caller=caller, key=key)


def _visible(text: str) -> bool:
    return all("!" <= character <= "~" for character in text)
