"""What is wrong with a request's fields, in words: a bounded number of them, however much is wrong."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from easel.errors import CallerError, InvalidReference, InvalidRequest, UnsupportedOption
from easel.http.problems import ERRORS_MAX

SHOWN_MAX = 3  # fields named in the detail, and looked up for a likely name; up to ERRORS_MAX of them are in `errors`
NAME_CHARS_MAX = 80  # of a field's path as it was sent; the longest of ours has 27
NEAR_CHARS_MAX = 40  # a longer name is like none of ours

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


def refused(errors: Sequence[ErrorDetails | Mapping[str, Any]], model: type[BaseModel] | None = None) -> CallerError:
    """What pydantic found wrong, as one error that names the first fields and counts the others."""
    named = errors[:ERRORS_MAX]
    found = [(_field(each), _message(each, model if at < SHOWN_MAX else None)) for at, each in enumerate(named)]
    kinds = {each["type"] for each in errors}
    kind = REFUSALS.get(kinds.pop(), InvalidRequest) if len(kinds) == 1 else InvalidRequest
    shown = "; ".join(f"{field}: {message}" if field else message for field, message in found[:SHOWN_MAX])
    more = f"; and {len(errors) - SHOWN_MAX} more" if len(errors) > SHOWN_MAX else ""
    end = "" if f"{shown}{more}".endswith("?") else "."
    return kind(f"{shown}{more}{end}", errors=found)


def _field(error: ErrorDetails | Mapping[str, Any]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part[: NAME_CHARS_MAX + 1]}" for part in error["loc"])
    inner = error.get("ctx", {}).get("field", "")
    whole = f"{path}.{inner}".strip(".") if inner else path.lstrip(".")
    return whole if len(whole) <= NAME_CHARS_MAX else f"{whole[: NAME_CHARS_MAX - 1]}…"


def _message(error: ErrorDetails | Mapping[str, Any], model: type[BaseModel] | None) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(str(error["loc"][-1]), model if len(error["loc"]) == 1 else None)
    if kind in WORDS:
        return WORDS[kind].format(**context)
    return str(error["msg"])


def _unknown(name: str, model: type[BaseModel] | None) -> str:
    names = [field.alias or plain for plain, field in model.model_fields.items()] if model else []
    near = _near(name, names) if len(name) <= NEAR_CHARS_MAX else []
    return f"is not a field of this route; did you mean {near[0]}?" if near else "is not a field of this route"


def _near(name: str, names: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(name, names, n=1) or difflib.get_close_matches(to_camel(name), names, n=1)
