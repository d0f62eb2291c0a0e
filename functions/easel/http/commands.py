"""Commands: how services in the same account ask, by lambda:Invoke. IAM says who may; nothing here ever raises."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel, Field, WithJsonSchema

from easel.aws.redaction import job_of
from easel.errors import CallerError, InvalidRequest
from easel.http import strict_json
from easel.http.bodies import check
from easel.http.middleware import log, log_unforeseen
from easel.http.problems import body, retry_after
from easel.identity.callers import Caller, caller_of_command
from easel.schemas import BY_COMMAND, Body, given, published

KEY_CHARS_MAX = 255
Problem = Annotated[dict[str, Any], WithJsonSchema({"$ref": "#/components/schemas/Problem"})]  # within an answer
FIELDS = ("command", "owner", "request", "idempotencyKey", "by")
BY = "command"
KINDS = ("user", "service")


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
    by: str = BY  # who moves credits, as the ledger keeps it: by command, and in whose name where that was said
    named: str = ""  # the invocation, as logs and refusals have it


@dataclass(frozen=True)
class Command:
    """One thing a function can be told: the model of its request, what does it, and the model of its answer."""

    name: str
    request: type[BaseModel]
    run: Callable[[CommandCall], Mapping[str, Any]]
    key_required: bool = False
    anonymous: bool = False  # also about jobs of those who had not signed in
    answer: type[BaseModel] | None = None  # for the document
    values_max: int = strict_json.VALUES_MAX  # in its whole request

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the whole event, with all that it names."""
        request = self.request.model_json_schema(by_alias=True)
        named = {name: published(each) for name, each in request.pop("$defs", {}).items()}
        return {
            **({"$defs": named} if named else {}),
            "type": "object",
            "properties": {
                "command": {"type": "string", "const": self.name, "description": "what to do"},
                "owner": {"type": "string", "description": self._owners},
                "request": published(request),
                "idempotencyKey": {
                    "type": "string",
                    "pattern": f"^[!-~]{{1,{KEY_CHARS_MAX}}}$",
                    "description": "remembered 30 days: a repeat with the same key does it once; without one, a repeat "
                    "of the same invocation does",
                },
                "by": {
                    "type": "string",
                    "pattern": f"^[!-~]{{1,{KEY_CHARS_MAX}}}$",
                    "description": "who does it, for the operator's audit, such as an ARN; believed as said",
                },
            },
            "required": ["command", "owner", "request", *(["idempotencyKey"] if self.key_required else [])],
            "additionalProperties": False,
        }

    @property
    def _owners(self) -> str:
        return f"user:<issuer>:<id> or service:<account>{', or anonymous' if self.anonymous else ''}"


class Nothing(Body):
    """The request of a command that needs no more than its owner."""


class JobNamed(Body):
    """The request of a command about one job."""

    job_id: str = Field(min_length=1, max_length=80, description="of the answer to its start")


class Listed(Body):
    """The request of a command that answers page by page."""

    limit: int = Field(20, ge=1, le=50, description="how many a page may have")
    cursor: str | None = Field(None, max_length=512, description="of the page before; without it, the first page")


def run(commands: Mapping[str, Command], event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The answer to a command: the HTTP body, or `{"error": {…}}` in the shape of a problem."""
    named, begun = str(getattr(context, "aws_request_id", None) or uuid.uuid4()), time.monotonic()
    answer = _answer(commands, event, named)
    took = round((time.monotonic() - begun) * 1000)
    log().info("commanded", extra={**_line(commands, event, answer), "milliseconds": took, "requestId": named})
    return answer


def _answer(commands: Mapping[str, Command], event: Mapping[str, Any], named: str) -> dict[str, Any]:
    try:
        command, order = _order(commands, event, named)
        return dict(command.run(order))
    except Exception as error:  # the edge of our world: a service gets an answer, never a stack trace
        return refusal(error, named)


def refusal(error: Exception, named: str) -> dict[str, Any]:
    """`{"error": {…}}` in the shape of a problem; `retryAfterSeconds` is what a header says to callers by web."""
    told = error if isinstance(error, CallerError) else log_unforeseen(error, named)
    return {"error": {**body(told, named), **given(retryAfterSeconds=retry_after(told))}}


def _line(commands: Mapping[str, Command], event: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """A command as it is logged: which, for what kind of owner, about which job, and how it ended; no words of it."""
    name, owner, refusal = event.get("command"), event.get("owner"), answer.get("error")
    asked = event.get("request")
    job = answer.get("jobId") or (asked.get("jobId") if isinstance(asked, Mapping) else None)
    line = {"command": name if isinstance(name, str) and name in commands else "unknown", **job_of(job)}
    if isinstance(owner, str) and owner.partition(":")[0] in KINDS:
        line["ownerKind"] = owner.partition(":")[0]
    return {**line, "status": refusal["status"] if isinstance(refusal, Mapping) else 200}


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
    strange = sorted(set(event) - set(FIELDS))
    if strange:
        raise InvalidRequest(
            f"A command has the fields {', '.join(FIELDS[:-1])} and {FIELDS[-1]}.",
            errors=[(field, "is not a field of a command") for field in strange],
        )
    command = commands[name]
    caller = caller_of_command(event.get("owner"), anonymous=command.anonymous)
    given = event.get("idempotencyKey")
    if given is None and command.key_required:
        raise InvalidRequest(
            f"{name} moves money: send an idempotencyKey, so that a repeat moves it once.",
            errors=[("idempotencyKey", "is required")],
        )
    strict_json.must_be_small(event.get("request"), values_max=command.values_max)
    key = f"invocation:{invocation}" if given is None else key_of(given, "idempotencyKey")
    by = BY if event.get("by") is None else f"{BY}:{key_of(event['by'], 'by')}"
    ask = check(command.request, {} if event.get("request") is None else event["request"], context={BY_COMMAND: True})
    return command, CommandCall(ask=ask, caller=replace(caller, command=by), key=key, by=by, named=invocation)


def _visible(text: str) -> bool:
    return all("!" <= character <= "~" for character in text)
