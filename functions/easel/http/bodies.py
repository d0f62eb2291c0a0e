"""Request bodies: JSON objects of a bounded size, read strictly, and what is wrong with them said in words."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from easel.errors import (
    CallerError,
    InvalidJson,
    InvalidReference,
    InvalidRequest,
    PayloadTooLarge,
    UnsupportedMediaType,
    UnsupportedOption,
)

LIMIT_BYTES = 4_400_000  # the gateway hands over 6 MB, and a body grows by a third in base64
JSON_TYPE = re.compile(r"application/(?:[\w.-]+\+)?json\s*(?:;|$)", re.IGNORECASE)
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
SHOWN_MAX = 3  # fields named in the detail; all of them are in `errors`

REFUSALS: Mapping[str, type[CallerError]] = {kind.code: kind for kind in (UnsupportedOption, InvalidReference)}
WORDS: Mapping[str, str] = {
    "missing": "is required",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "tuple_type": "must be a list",
    "literal_error": "must be {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_long": "may have at most {max_length} entries",
    "int_parsing": "must be a whole number",
    "string_pattern_mismatch": "must match {pattern}",
}

T = TypeVar("T", bound=BaseModel)


def parse(model: type[T], raw: bytes) -> T:
    """A body as its model, or the error that says what is wrong with it."""
    return check(model, read(raw))


def read(raw: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises InvalidJson."""
    try:
        text = raw.decode("utf-8-sig")
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_not_json)
        if SURROGATE.search(text):
            json.dumps(found, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise InvalidJson("The body is not UTF-8; send UTF-8 encoded JSON.") from error
    except UnicodeEncodeError as error:
        raise InvalidJson("The body has half of a surrogate pair; send whole characters.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidJson(f"The body is not JSON ({error.msg} at {where}); send a JSON object.") from error
    except (ValueError, RecursionError) as error:
        known = error.args[0] if isinstance(error, _Strict) else "it is nested too deeply or has too long a number"
        raise InvalidJson(f"The body cannot be read: {known}.") from error
    if not isinstance(found, dict):
        raise InvalidJson("The body is not a JSON object; send `{…}` with the fields of this route.")
    return found


def check(model: type[T], fields: object, *, context: Mapping[str, Any] | None = None) -> T:
    """Fields as their model."""
    try:
        return model.model_validate(fields, context=dict(context or {}))
    except ValidationError as error:
        raise refused(error.errors(include_url=False, include_input=False), model) from None  # it holds the input


def refused(errors: Sequence[ErrorDetails | Mapping[str, Any]], model: type[BaseModel] | None = None) -> CallerError:
    """What pydantic found wrong, as one error that names every field."""
    found = [(_field(each), _message(each, model)) for each in errors]
    kinds = {each["type"] for each in errors}
    kind = REFUSALS.get(kinds.pop(), InvalidRequest) if len(kinds) == 1 else InvalidRequest
    shown = "; ".join(f"{field}: {message}" if field else message for field, message in found[:SHOWN_MAX])
    more = f"; and {len(found) - SHOWN_MAX} more" if len(found) > SHOWN_MAX else ""
    end = "" if f"{shown}{more}".endswith("?") else "."
    return kind(f"{shown}{more}{end}", errors=found)


def must_be_json(content_type: str | None) -> None:
    """Refuse a body that does not say it is JSON: a form or text could be another site's, sent by a browser.

    Raises UnsupportedMediaType.
    """
    if not content_type or not JSON_TYPE.match(content_type):
        raise UnsupportedMediaType("This route reads JSON: send the header `Content-Type: application/json`.")


def must_fit(size: int) -> None:
    """Refuse a body that is too large for a door. Raises PayloadTooLarge."""
    if size > LIMIT_BYTES:
        remedy = "make references smaller (2,048 pixels are plenty) or fewer"
        raise PayloadTooLarge(
            f"The body has more than {LIMIT_BYTES:,} bytes; {remedy}.", limitBytes=LIMIT_BYTES, remedy=remedy
        )


class _Strict(ValueError):
    """JSON that Python reads and others would not, or not alike."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Strict("a field appears twice")
    return found


def _not_json(word: str) -> NoReturn:
    raise _Strict(f"{word} is not a JSON number")


def _field(error: ErrorDetails | Mapping[str, Any]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    inner = error.get("ctx", {}).get("field", "")
    return f"{path}.{inner}".strip(".") if inner else path.lstrip(".")


def _message(error: ErrorDetails | Mapping[str, Any], model: type[BaseModel] | None) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(str(error["loc"][-1]), model if len(error["loc"]) == 1 else None)
    if kind in WORDS:
        return WORDS[kind].format(**context)
    return str(error["msg"])


def _unknown(name: str, model: type[BaseModel] | None) -> str:
    names = [field.alias or plain for plain, field in model.model_fields.items()] if model else []
    near = difflib.get_close_matches(name, names, n=1) or difflib.get_close_matches(to_camel(name), names, n=1)
    return f"is not a field of this route; did you mean {near[0]}?" if near else "is not a field of this route"
