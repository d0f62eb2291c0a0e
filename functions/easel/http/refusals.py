"""What is wrong with a request's fields, in words: a bounded number of them, however much is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from easel.errors import CallerError, InvalidReference, InvalidRequest, UnsupportedOption
from easel.http import other_names
from easel.http.problems import ERRORS_MAX

SHOWN_MAX = 3  # fields named in the detail, and looked up for a likely name; up to ERRORS_MAX of them are in `errors`
NAME_CHARS_MAX = 80  # of a field's path as it was sent; the longest of ours has 27

PICTURES = (("references",), ("mask",), ("markup",))
REFUSALS: Mapping[str, type[CallerError]] = {kind.code: kind for kind in (UnsupportedOption, InvalidReference)}
REASONS: Mapping[str, str] = {"extra_forbidden": "unknown_parameter", "missing": "missing_required_parameter"}
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
    only = kinds.pop() if len(kinds) == 1 else ""
    kind = REFUSALS.get(only, InvalidRequest)
    shown = "; ".join(f"{field}: {message}" if field else message for field, message in found[:SHOWN_MAX])
    more = f"; and {len(errors) - SHOWN_MAX} more" if len(errors) > SHOWN_MAX else ""
    end = "" if f"{shown}{more}".endswith("?") else "."
    return kind(f"{shown}{more}{end}", errors=found, reason=REASONS.get(str(errors[0]["type"]), ""))


def _field(error: ErrorDetails | Mapping[str, Any]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part[: NAME_CHARS_MAX + 1]}" for part in error["loc"])
    inner = error.get("ctx", {}).get("field", "")
    whole = f"{path}.{inner}".strip(".") if inner else path.lstrip(".")
    return whole if len(whole) <= NAME_CHARS_MAX else f"{whole[: NAME_CHARS_MAX - 1]}…"


def _message(error: ErrorDetails | Mapping[str, Any], model: type[BaseModel] | None) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(str(error["loc"][-1]), _owner(error, model))
    if kind == "model_type" and error["loc"][:1] in PICTURES:
        return 'must be an object, such as {"url": "https://…"}'
    if kind in WORDS:
        return WORDS[kind].format(**context)
    return str(error["msg"])


def _owner(error: ErrorDetails | Mapping[str, Any], model: type[BaseModel] | None) -> type[BaseModel] | None:
    """The model whose field an error is about: the request itself, or a picture in it."""
    first, *inner = error["loc"]
    if model is None or not inner:
        return model
    field = next((each for plain, each in model.model_fields.items() if first in (plain, each.alias)), None)
    kinds = [field.annotation] if field else []
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
        kinds.extend(get_args(kind))
    return None


def _unknown(name: str, model: type[BaseModel] | None) -> str:
    ours = [field.alias or plain for plain, field in model.model_fields.items()] if model else []
    said = other_names.hint(name, ours) if ours else ""
    return f"is not a field of this route; {said}" if said else "is not a field of this route"
