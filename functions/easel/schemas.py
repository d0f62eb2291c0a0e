"""The bases of what comes in and goes out as JSON, and the helpers that every schema uses."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BY_COMMAND = "by_command"  # key of the validation context: true for a request that came by lambda:Invoke


class Body(BaseModel):
    """Part of a request body: camelCase outside, unknown fields refused, nothing converted."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, fields: Any) -> Any:
        """Typed clients send null for what was left out; of a field that is none of ours it is refused as any value."""
        if not isinstance(fields, dict):
            return fields
        ours = {field.alias or name for name, field in cls.model_fields.items()}
        return {name: value for name, value in fields.items() if value is not None or name not in ours}


def refuse(message: str, *, field: str = "", code: str = "") -> NoReturn:
    """For validators: refuse a value, or `field` beneath it, with a code of the contract (invalid_request).

    Raises PydanticCustomError.
    """
    raise PydanticCustomError(code or "refused", "{message}", {"message": message, "field": field})


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)  # JSON knows no difference between 2 and 2.0


def published(schema: dict[str, Any]) -> dict[str, Any]:
    """A request's JSON Schema as callers see it: a field that may be left out is left out, never null.

    Defaults are told in words: programs that make clients take a field with a `default` for one that is always there.
    """
    for field in schema.get("properties", {}).values():
        kinds = [each for each in field.get("anyOf", ()) if each != {"type": "null"}]
        if len(kinds) == 1:
            del field["anyOf"]
            field.update(kinds[0])
        default = field.pop("default", None)
        if default not in (None, {}, []):
            said = f"by default `{json.dumps(default)}`"
            field["description"] = f"{field['description']}; {said}" if "description" in field else said
    return schema


class View(BaseModel):
    """Part of an answer; fields that were not given are left out."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=False, frozen=True)

    def body(self) -> dict[str, Any]:
        """As JSON."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]  # of an answer, as `instant` writes it
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]


def instant(milliseconds: int) -> str:
    """A time as RFC 3339."""
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def given(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def body_hash(ask: Body) -> str:
    """SHA-256 over the fields as they were sent, before any default: tells a replay from another request."""
    sent: dict[str, Any] = ask.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    canonical = json.dumps(sent, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
